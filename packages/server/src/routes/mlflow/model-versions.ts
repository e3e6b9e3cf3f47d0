import { promptTag, VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { jsonOf } from '../../bodies.ts'
import { checkModelTag } from './limits.ts'
import { searchOptions } from './search-options.ts'

/** Versions of MLflow's registered models and prompts. */
export function modelVersionRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const versions = store.modelVersions
  const path = `${base}/model-versions`

  app.post(`${path}/create`, async (request) => {
    const version = mlflow.readRequest(mlflow.createModelVersion, jsonOf(request))
    if (version.tags[promptTag] === undefined) await checkSource(store, version.source, version.run_id)
    for (const [key, value] of Object.entries(version.tags)) checkModelTag(key, value)
    const created = await versions.create({
      name: version.name,
      source: version.source,
      description: version.description,
      runId: version.run_id,
      runLink: version.run_link,
      modelId: version.model_id,
      tags: version.tags,
    })
    return { model_version: mlflow.modelVersionMessage(created) }
  })

  app.get(`${path}/get`, async (request) => {
    const { name, version } = mlflow.readRequest(mlflow.modelVersion, request.query)
    return { model_version: mlflow.modelVersionMessage(await versions.get(name, version)) }
  })

  app.get(`${path}/search`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchModelVersions, request.query)
    const page = await versions.search(searchOptions(search))
    return {
      model_versions: page.items.map(mlflow.modelVersionMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.patch(`${path}/update`, async (request) => {
    const change = mlflow.readRequest(mlflow.updateModelVersion, jsonOf(request))
    const updated = await versions.describe(change.name, change.version, change.description)
    return { model_version: mlflow.modelVersionMessage(updated) }
  })

  app.post(`${path}/transition-stage`, async (request) => {
    const move = mlflow.readRequest(mlflow.transitionModelVersion, jsonOf(request))
    const archive = move.archive_existing_versions
    if (archive && move.stage !== 'Staging' && move.stage !== 'Production') {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `Model version transition cannot archive existing model versions because '${move.stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
      )
    }
    const moved = await versions.moveTo(move.name, move.version, move.stage, archive)
    return { model_version: mlflow.modelVersionMessage(moved) }
  })

  app.delete(`${path}/delete`, async (request) => {
    const { name, version } = mlflow.readRequest(mlflow.modelVersion, jsonOf(request))
    await versions.delete(name, version)
    return {}
  })

  app.get(`${path}/get-download-uri`, async (request) => {
    const { name, version } = mlflow.readRequest(mlflow.modelVersion, request.query)
    return { artifact_uri: (await versions.get(name, version)).source }
  })

  app.post(`${path}/set-tag`, async (request) => {
    const { name, version, key, value } = mlflow.readRequest(mlflow.modelVersionTag, jsonOf(request))
    checkModelTag(key, value)
    await versions.setTag(name, version, key, value)
    return {}
  })

  app.delete(`${path}/delete-tag`, async (request) => {
    const { name, version, key } = mlflow.readRequest(mlflow.modelVersionTag, jsonOf(request))
    await versions.deleteTag(name, version, key)
    return {}
  })
}

/** A source that leads elsewhere than it says is refused, and a local one that is not its run's, as MLflow's server does. */
async function checkSource(store: Store, source: string, runId: string): Promise<void> {
  if (source.includes('\0') || decoded(source).split(/[/\\]/).includes('..')) {
    throw invalidSource(
      source,
      'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
    )
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]
  if (scheme !== undefined && scheme !== 'file') return
  const root = runId === '' ? null : (await store.runs.get(runId)).info.artifactUri
  if (root !== null && (source === root || source.startsWith(`${root}/`))) return
  throw invalidSource(
    source,
    'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.',
  )
}

function invalidSource(source: string, why: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', `Invalid model version source: '${source}'. ${why}`)
}

/** The text with percent escapes undone, however often they were applied. */
function decoded(text: string): string {
  for (let left = text; ; ) {
    const once = left.replace(/%[0-9a-f]{2}/gi, (hex) =>
      String.fromCharCode(Number.parseInt(hex.slice(1), 16)),
    )
    if (once === left) return left
    left = once
  }
}
