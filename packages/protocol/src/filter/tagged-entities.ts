import type { TaggedEntity } from './filter-node.ts'

interface Column {
  kind: 'text' | 'number'
  /** Whether IN and NOT IN may be said of it. */
  lists?: boolean
  /** Where it may stand; both unless said otherwise. */
  only?: 'filter' | 'order'
}

/** The columns of registered models, their versions and evaluation datasets, by the names that MLflow has for them. */
export const taggedEntities: Record<TaggedEntity, Record<string, Column>> = {
  registered_models: {
    name: { kind: 'text', lists: true },
    timestamp: { kind: 'number', only: 'order' },
    last_updated_timestamp: { kind: 'number', only: 'order' },
  },
  model_versions: {
    name: { kind: 'text', lists: true },
    version_number: { kind: 'number' },
    run_id: { kind: 'text', lists: true, only: 'filter' },
    source_path: { kind: 'text', only: 'filter' },
    creation_timestamp: { kind: 'number', only: 'order' },
    last_updated_timestamp: { kind: 'number', only: 'order' },
  },
  evaluation_datasets: {
    name: { kind: 'text', lists: true },
    created_by: { kind: 'text', only: 'filter' },
    last_updated_by: { kind: 'text', only: 'filter' },
    created_time: { kind: 'number' },
    last_update_time: { kind: 'number' },
  },
  logged_models: {
    name: { kind: 'text', lists: true },
    model_id: { kind: 'text', lists: true },
    model_type: { kind: 'text' },
    status: { kind: 'text' },
    source_run_id: { kind: 'text', lists: true },
    creation_timestamp: { kind: 'number' },
    creation_time: { kind: 'number' },
    last_updated_timestamp: { kind: 'number' },
    last_updated_time: { kind: 'number' },
  },
}

/** Whether a text names an entity that has only columns and tags. */
export function isTagged(entity: string): entity is TaggedEntity {
  return Object.hasOwn(taggedEntities, entity)
}
