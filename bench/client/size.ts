import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { bundleClient } from '../../scripts/client-modules.ts'

const importRounds = 20
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

interface ImportMs {
  /** Beside a process that imports a module without anything in it, which loads Node's own loader of modules too. */
  thanEmpty: number
  /** Beside a process that imports nothing. */
  thanNothing: number
}

/**
 * What the import of the built package adds to the time of a process, in milliseconds: processes with and without it
 * alternate, and their medians are compared.
 */
async function importMs(): Promise<ImportMs> {
  const directory = mkdtempSync(join(tmpdir(), 'voxtrace-bench-import-'))
  try {
    await bundleClient(directory, 'es')
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
    writeFileSync(join(directory, 'empty.js'), '')
    const importOf = (name: string) => `import ${JSON.stringify(join(directory, name))}`
    const nothing: number[] = []
    const empty: number[] = []
    const client: number[] = []
    for (let round = 0; round < importRounds; round++) {
      nothing.push(processMs(''))
      empty.push(processMs(importOf('empty.js')))
      client.push(processMs(importOf('index.js')))
    }
    const ms = median(client)
    return { thanEmpty: ms - median(empty), thanNothing: ms - median(nothing) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function processMs(code: string): number {
  const started = performance.now()
  execFileSync(process.execPath, ['--input-type=module', '-e', code])
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

export async function printSizes(): Promise<void> {
  const { core, withSending } = await clientSize()
  console.log(`\nsize, minified and gzipped`)
  console.log(`  core ${(core / 1024).toFixed(1)} KB, with what sends ${(withSending / 1024).toFixed(1)} KB`)
  console.log(`\nimport of the built package`)
  const { thanEmpty, thanNothing } = await importMs()
  console.log(
    `  ${thanEmpty.toFixed(1)} ms more than that of an empty module, ${thanNothing.toFixed(1)} ms more than none ` +
      `(medians of ${importRounds} processes each)`,
  )
}
