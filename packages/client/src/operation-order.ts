import type { Operation } from './operation.ts'

/**
 * The first of operations in order that may be sent while some of them are under way. What is of one run goes out in
 * order, and so do the states of one trace; spans and assessments follow the traces and the spans before them.
 */
export function firstFree<T extends { operation: Operation }>(
  inOrder: readonly T[],
  underWay: { has(one: T): boolean },
): T | null {
  const unsettled = new Set<string>()
  for (const one of inOrder) {
    const { follows, precedes } = tiesOf(one.operation)
    if (!underWay.has(one) && !follows.some((tie) => unsettled.has(tie))) return one
    for (const tie of precedes) unsettled.add(tie)
  }
  return null
}

/** An operation follows those before it that precede something of the same name. */
interface Ties {
  follows: string[]
  precedes: string[]
}

function tiesOf(operation: Operation): Ties {
  switch (operation.kind) {
    case 'startTrace': {
      const trace = String(operation.info.trace_id)
      const run = operation.run === null ? [] : [operation.run.key]
      return { follows: [trace, ...run], precedes: [trace, 'traces'] }
    }
    case 'spans':
      return { follows: ['traces', 'spans'], precedes: ['spans'] }
    case 'feedback':
      return { follows: ['traces', 'spans'], precedes: [] }
    default:
      return { follows: [operation.run.key], precedes: [operation.run.key] }
  }
}
