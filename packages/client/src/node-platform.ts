import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import type { Context } from '@opentelemetry/api'
import { onExit } from './exit.ts'
import type { Platform } from './platform.ts'

/** Node, and what is like it: Bun and Deno. */
export const nodePlatform: Platform = {
  connect: async (base, headers, timeoutMs) => {
    const { HttpConnection } = await import('./node-http.ts')
    return new HttpConnection(base, headers, timeoutMs)
  },
  gzip: async (parts) => {
    const { gzip } = await import('node:zlib')
    return new Promise((resolve, reject) => {
      gzip(Buffer.concat(parts), (error, packed) =>
        error === null ? resolve(new Uint8Array(packed)) : reject(error),
      )
    })
  },
  openSpill: async (options) => {
    const { Spill } = await import('./spill/spill.ts')
    return new Spill(options)
  },
  onExit,
  contextStorage: () => new AsyncLocalStorage<Context>(),
  requireOpenTelemetry: () => {
    try {
      return createRequire(import.meta.url)('@opentelemetry/api')
    } catch {
      // In a bundle there is nothing to require; the import gives it a little later.
      return null
    }
  },
  environment: process.env,
}
