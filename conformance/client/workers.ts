import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'vite'
import { z } from 'zod'

/** Where `runtimes/package.json` is installed. */
const runtimes = process.env.VOXTRACE_RUNTIMES ?? join(import.meta.dirname, '../../.cache/runtimes')

/** Where a runtime's program is, or would be. */
export const runtime = (name: string) => join(runtimes, 'node_modules/.bin', name)

export const isWorkerdInstalled = existsSync(runtime('workerd'))

/** What is used of miniflare, which runs workers in workerd. */
interface Miniflare {
  ready: Promise<URL>
  dispose(): Promise<void>
}
const miniflareModule = z.object({ Miniflare: z.custom<new (options: object) => Miniflare>() })

const now = { compatibilityDate: '2026-01-01', compatibilityFlags: ['nodejs_compat'] }

/** A worker of this folder in workerd, with the built client. */
export class Workers {
  readonly #miniflare: Miniflare
  readonly #url: URL

  private constructor(miniflare: Miniflare, url: URL) {
    this.#miniflare = miniflare
    this.#url = url
  }

  /** @param installed the folder of the built client */
  static async start(
    worker: string,
    installed: string,
    trackingUri: string,
    compatibility: object = now,
  ): Promise<Workers> {
    const contents = await bundle(worker, installed, trackingUri)
    const require = createRequire(join(runtimes, 'package.json'))
    const { Miniflare } = miniflareModule.parse({ ...require('miniflare') })
    const miniflare = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
      bindings: { TRACKING_URI: trackingUri },
      ...compatibility,
      port: 0,
    })
    return new Workers(miniflare, await miniflare.ready)
  }

  async ask(path: string): Promise<unknown> {
    return (await fetch(new URL(path, this.#url))).json()
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose()
  }
}

/** The worker in one module, as a bundler for workers makes it. */
async function bundle(worker: string, installed: string, trackingUri: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    define: { TRACKING_URI: JSON.stringify(trackingUri) },
    resolve: { alias: { '@voxtrace/client': join(installed, 'dist/esm/entries/edge.js') } },
    ssr: { noExternal: true, target: 'webworker' },
    build: {
      ssr: join(import.meta.dirname, worker),
      write: false,
      target: 'es2022',
      rollupOptions: { output: { codeSplitting: false } },
    },
  })
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  const [code = ''] = outputs.flatMap((part) => (part.type === 'chunk' ? [part.code] : []))
  return code
}
