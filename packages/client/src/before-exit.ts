const calls = new Set<() => Promise<unknown>>()
let listening = false

/**
 * Calls `flush` once when the process has nothing left to do and would end, which the promise holds off. Gives a
 * function that forgets it. One listener serves all clients.
 */
export function beforeExit(flush: () => Promise<unknown>): () => void {
  calls.add(flush)
  if (!listening) {
    listening = true
    process.once('beforeExit', () => {
      for (const call of calls) void call()
    })
  }
  return () => calls.delete(flush)
}
