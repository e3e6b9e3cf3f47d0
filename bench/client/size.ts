import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const entry = fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url))

interface ClientSize {
  /** What an application loads when it starts, minified and gzipped. */
  core: number
  /** With what is loaded in the background when there is something to send. */
  withSending: number
}

/** Bundles the client as an application would and measures it. `@opentelemetry/api` is not counted. */
export async function clientSize(): Promise<ClientSize> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@voxtrace/source'] },
    ssr: {
      noExternal: true,
      external: ['@opentelemetry/api'],
      resolve: { conditions: ['@voxtrace/source'] },
    },
    build: {
      ssr: entry,
      write: false,
      minify: true,
      target: 'es2022',
      rollupOptions: { treeshake: { moduleSideEffects: (id) => id === entry } },
    },
  })
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) =>
    'output' in part ? part.output : [],
  )
  const chunks = new Map(outputs.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part]] : [])))
  const main = [...chunks.values()].find((chunk) => chunk.isEntry)
  if (main === undefined) throw new Error('The bundle has no entry.')
  const core = closure([main.fileName], chunks)
  const sending = [...chunks.keys()].filter((name) => /sending|node-http/.test(name))
  return { core: bytes(core, chunks), withSending: bytes(closure([...core, ...sending], chunks), chunks) }
}

interface Chunk {
  fileName: string
  code: string
  imports: string[]
}

/** A chunk with all that it imports at once. */
function closure(names: Iterable<string>, chunks: ReadonlyMap<string, Chunk>): Set<string> {
  const found = new Set<string>()
  const visit = (name: string) => {
    const chunk = chunks.get(name)
    if (chunk === undefined || found.has(name)) return
    found.add(name)
    for (const imported of chunk.imports) visit(imported)
  }
  for (const name of names) visit(name)
  return found
}

function bytes(names: Iterable<string>, chunks: ReadonlyMap<string, Chunk>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? '').length, 0)
}

/** How long the import of the built package takes in a fresh process, in milliseconds; the best of some. */
function importMs(): number {
  const built = fileURLToPath(new URL('../../packages/client/dist/esm/index.js', import.meta.url))
  const code = `const t = performance.now(); await import(${JSON.stringify(built)}); console.log(performance.now() - t)`
  const times = Array.from({ length: 15 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })),
  ).sort((a, b) => a - b)
  return times[7] ?? Number.NaN
}

export async function printSizes(): Promise<void> {
  const { core, withSending } = await clientSize()
  console.log(`\nsize, minified and gzipped`)
  console.log(`  core ${(core / 1024).toFixed(1)} KB, with what sends ${(withSending / 1024).toFixed(1)} KB`)
  console.log(`\nimport of the built package`)
  console.log(`  ${importMs().toFixed(1)} ms (median of 15 processes)`)
}
