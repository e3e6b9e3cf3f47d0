import { promptTag } from '@voxtrace/model'
import type { FilterNode } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Condition } from './conditions.ts'

/** Whether a filter asks for prompts; else a search shows models only, as MLflow's does. */
export function asksForPrompts(node: FilterNode): boolean {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.some(asksForPrompts)
    case 'not':
      return false
    case 'comparison': {
      const { field, condition } = node
      if (field.type !== 'tag' || field.key !== promptTag || !('value' in condition)) return false
      const value = String(condition.value).toLowerCase()
      return (
        (condition.operator === '=' && value === 'true') || (condition.operator === '!=' && value === 'false')
      )
    }
  }
}

/** The condition that tags are those of a model. */
export function noPrompt(tags: Condition) {
  return sql`(${tags} ->> ${promptTag}::text) IS DISTINCT FROM 'true'`
}
