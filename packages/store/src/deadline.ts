import { VoxtraceError } from '@voxtrace/model'

/** Says that the database has not answered in time. The connection is of no use any more. */
export class TooLate extends VoxtraceError {
  constructor(longestMs: number) {
    super(
      'TEMPORARILY_UNAVAILABLE',
      `The database has not answered for ${longestMs / 1000} seconds. Try again shortly.`,
    )
  }
}

/** What `answer` gives, if it comes in time; null waits for ever. @throws TooLate */
export async function inTime<Answer>(answer: Promise<Answer>, longestMs: number | null): Promise<Answer> {
  if (longestMs === null) return answer
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooLate(longestMs)), longestMs)
  })
  // Ending the connection refuses it later, when nobody waits any more.
  answer.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
