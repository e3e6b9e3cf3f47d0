// Bundles `@voxtrace/client` into modules that depend on `@opentelemetry/api` alone.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type InlineConfig } from 'vite'

/** The package's folder. */
export const client = fileURLToPath(new URL('../packages/client', import.meta.url))
const source = join(client, 'src')

/** What an application may import, below the package's `src`. */
export const entries = [
  'index.ts',
  ...globSync('entries/*.ts', { cwd: source }).filter((name) => !name.endsWith('.test.ts')),
]

/** What the client requires when its process ends at once: CommonJS alone, in one file, with all that it needs. */
export const atExit = 'at-exit.ts'

/** Writes ECMAScript (`es`) or CommonJS (`cjs`) modules into a folder. */
export async function bundleClient(outDir: string, format: 'es' | 'cjs'): Promise<void> {
  const core = await coreModules()
  await build(
    settings({
      outDir,
      emptyOutDir: true,
      rollupOptions: {
        input: Object.fromEntries(entries.map((name) => [name.replace(/\.ts$/, ''), join(source, name)])),
        // What an entry imports by the package's own name is found where it runs: edge runtimes have an entry of their own.
        external: ['@voxtrace/client'],
        treeshake: { moduleSideEffects: (id) => entries.some((name) => id === join(source, name)) },
        output: {
          format,
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name].js',
          exports: 'named',
          // What every application needs is one file, since each file that is imported costs a part of a millisecond.
          codeSplitting: { groups: [{ name: 'client', test: (id) => core.has(id) }] },
        },
      },
    }),
  )
  if (format === 'cjs') await bundleAtExit(outDir)
}

async function bundleAtExit(outDir: string): Promise<void> {
  const input = join(source, atExit)
  const output = { format: 'cjs' as const, entryFileNames: '[name].js', codeSplitting: false }
  await build(settings({ outDir, emptyOutDir: false, rollupOptions: { input, output } }))
}

/** The modules that are loaded whenever the client is, wherever it runs. */
async function coreModules(): Promise<ReadonlySet<string>> {
  const built = await build(
    settings({ write: false, rollupOptions: { input: join(source, 'api.ts'), treeshake: false } }),
  )
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  return new Set(outputs.flatMap((part) => (part.type === 'chunk' && part.isEntry ? part.moduleIds : [])))
}

function settings(options: InlineConfig['build']): InlineConfig {
  return {
    configFile: false,
    logLevel: 'warn',
    root: client,
    resolve: { conditions: ['@voxtrace/source'] },
    ssr: {
      noExternal: true,
      external: ['@opentelemetry/api'],
      resolve: { conditions: ['@voxtrace/source'] },
    },
    build: { ssr: true, minify: false, target: 'es2022', ...options },
  }
}
