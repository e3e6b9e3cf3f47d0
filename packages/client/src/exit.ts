import type { ExitHooks, ExitOptions } from './platform.ts'

/**
 * What the process does for its clients when it ends. One set of listeners serves all of them.
 *
 *     nothing left to do ──▶ flush, which holds off the end
 *     SIGTERM, SIGINT, SIGHUP ──▶ nobody else listens: shut down, then end by the same signal
 *                             └─▶ somebody else does: flush, and leave the end to them
 *     uncaught exception ──▶ nobody else listens: shut down, then end as Node does
 *     process.exit() ──▶ what is left goes to disk, at once
 */
const clients = new Map<ExitHooks, ExitOptions>()
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
let listening = false
let ending = false

export function onExit(hooks: ExitHooks, options: ExitOptions): () => void {
  clients.set(hooks, options)
  if (!listening) {
    listening = true
    process.once('beforeExit', () => flush(clients))
    process.on('exit', () => {
      for (const client of clients.keys()) client.spillNow()
    })
  }
  listenForSignals()
  return () => {
    clients.delete(hooks)
    listenForSignals()
  }
}

/** Listens while a client wants it to, so that a process without one ends as if we were not there. */
function listenForSignals(): void {
  const wanted = wanting().length > 0
  for (const signal of signals) {
    process.off(signal, onSignal)
    if (wanted) process.on(signal, onSignal)
  }
  process.off('uncaughtException', onUncaught)
  if (wanted) process.on('uncaughtException', onUncaught)
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) {
    flush(wanting())
    return
  }
  endAfterShutdown(() => process.kill(process.pid, signal))
}

function onUncaught(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 1) return
  endAfterShutdown(() =>
    setImmediate(() => {
      throw error
    }),
  )
}

function flush(some: Iterable<[ExitHooks, ExitOptions]>): void {
  for (const [client, { deadlineMs }] of some) void client.flush(deadlineMs)
}

function endAfterShutdown(end: () => void): void {
  if (ending) return
  ending = true
  const stopped = wanting().map(([client, { deadlineMs }]) => client.shutdown(deadlineMs))
  void Promise.allSettled(stopped).then(() => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('uncaughtException', onUncaught)
    end()
  })
}

function wanting(): [ExitHooks, ExitOptions][] {
  return [...clients].filter(([, options]) => options.signals)
}
