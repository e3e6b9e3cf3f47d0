import { VoxtraceError } from '@voxtrace/model'

/** Error codes of the operating system that mean the database cannot be reached now. */
const unreachable = new Set([
  'ECONNREFUSED',
  // A local socket whose server has gone, and one that has no room for another connection.
  'ENOENT',
  'EAGAIN',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** SQLSTATE: shutting down, crashed, starting, dropped, too many connections. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const unavailable = new Set(['57P01', '57P02', '57P03', '57P04', '3D000', '53300', '53400'])

/** SQLSTATE: a number out of range, text that is no number, text or a character that no column holds, a text too long. */
const unfit = new Set(['22003', '22P02', '22P05', '22021', '22001'])

/** Turns what `pg` throws into what may be answered. What is a mistake of ours stays as it is. */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof VoxtraceError) return error
  const code = sqlState(error) ?? ''
  if (
    unreachable.has(code) ||
    unavailable.has(code) ||
    code.startsWith('08') ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
      error.message,
    )
  ) {
    return new VoxtraceError(
      'TEMPORARILY_UNAVAILABLE',
      `The database cannot be reached at the moment (${error.message || code}). Try again shortly.`,
      { cause: error },
    )
  }
  if (code === '57014') {
    return new VoxtraceError(
      'TEMPORARILY_UNAVAILABLE',
      'The database needed too long and broke off. Ask for less, such as a shorter stretch of time, or try again shortly.',
      { cause: error },
    )
  }
  if (unfit.has(code)) {
    return new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `A value of the request is nothing that the database can hold: ${error.message}.`,
      { cause: error },
    )
  }
  if (code === '53100') {
    return new VoxtraceError(
      'TEMPORARILY_UNAVAILABLE',
      'The disk of the database is full. Nothing was stored; free some space and try again.',
      { cause: error },
    )
  }
  return error
}

/** Deadlock or serialization failure: the transaction was rolled back and may simply be run again. */
export function isConflictOfTransactions(error: unknown): boolean {
  return ['40P01', '40001'].includes(sqlState(error) ?? '')
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** The SQLSTATE or system code that an error carries. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
