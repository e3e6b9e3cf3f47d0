/** An answer that was asked for ahead is taken within this time or not at all, in milliseconds. */
const freshForMs = 5000

interface Ahead {
  path: string
  response: Promise<Response>
  startedMs: number
}

declare global {
  /** What was asked for last. Of the page and not of this module, as two scripts of the page ask and take. */
  var voxtraceAhead: Ahead | undefined
}

/** Asks the server for `path` before what reads the answer is ready to: the next GET of it takes this answer. */
export function readAhead(path: string): void {
  if (globalThis.voxtraceAhead?.path === path) return
  const response = fetch(path)
  // Whoever takes the answer hears of the failure.
  response.catch(() => {})
  globalThis.voxtraceAhead = { path, response, startedMs: performance.now() }
}

/** The answer that was asked for ahead, once. */
export function takeAhead(path: string): Promise<Response> | undefined {
  const ahead = globalThis.voxtraceAhead
  if (ahead?.path !== path) return undefined
  globalThis.voxtraceAhead = undefined
  return performance.now() - ahead.startedMs < freshForMs ? ahead.response : undefined
}
