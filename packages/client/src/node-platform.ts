import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import type { Context } from '@opentelemetry/api'
import { onExit } from './exit.ts'
import type { Platform } from './platform.ts'
import { BackgroundSender } from './sender.ts'

/** Node, and what is like it: Bun and Deno. */
export const nodePlatform: Platform = {
  connect: async (base, headers, timeoutMs) => {
    const { HttpConnection } = await import('./node-http.ts')
    return new HttpConnection(base, headers, timeoutMs)
  },
  openSpill: async (options) => {
    const { Spill } = await import('./spill/spill.ts')
    return new Spill(options)
  },
  newSender: (outgoing) => new BackgroundSender(outgoing),
  // Asked for when it is needed, since a bundle may have no address to begin from.
  spillAtExit: (outgoing) => createRequire(import.meta.url)('@voxtrace/client/at-exit').spillAtExit(outgoing),
  onExit,
  contextStorage: () => new AsyncLocalStorage<Context>(),
  loadedOpenTelemetry: () => {
    try {
      const { cache, resolve } = createRequire(import.meta.url)
      const known = cache[resolve('@opentelemetry/api')]
      return known?.loaded === true ? known.exports : null
    } catch {
      // In a bundle there is nothing to resolve; the import gives it a little later.
      return null
    }
  },
  environment: process.env,
}
