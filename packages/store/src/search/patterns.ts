import { VoxtraceError } from '@voxtrace/model'
import type { FilterNode } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection } from '../database.ts'
import { sqlState } from '../database-errors.ts'

/** SQLSTATE: invalid regular expression. */
const malformed = '2201B'

/**
 * Asks the database whether it takes the patterns of a filter. A search itself finds a malformed one only where it has
 * a value to compare, so the same filter would be refused on one day and find nothing on another.
 *
 * @throws VoxtraceError INVALID_PARAMETER_VALUE that names the pattern
 */
export async function checkPatterns(connection: Connection, filter: FilterNode): Promise<void> {
  for (const pattern of patternsOf(filter)) {
    await connection.rows(sql`SELECT '' ~ ${pattern}`).catch((error: unknown) => {
      if (sqlState(error) !== malformed || !(error instanceof Error)) throw error
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `The pattern '${pattern}' of RLIKE is malformed: ${error.message}. Patterns are POSIX regular expressions as PostgreSQL takes them.`,
      )
    })
  }
}

function patternsOf(node: FilterNode): string[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.flatMap(patternsOf)
    case 'not':
      return patternsOf(node.operand)
    case 'comparison':
      return node.condition.operator === 'RLIKE' ? [node.condition.value] : []
  }
}
