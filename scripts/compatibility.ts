/**
 * Makes docs/reference/compatibility.md of the results that the conformance tests kept:
 *
 *     VOXTRACE_COMPATIBILITY=$PWD/.cache/compatibility npm test -- conformance
 *     node scripts/compatibility.ts .cache/compatibility
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const result = z.object({
  client: z.string(),
  version: z.string(),
  area: z.string(),
  works: z.string(),
  note: z.string(),
})
type Result = z.output<typeof result>

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  console.error('Say where the results are: node scripts/compatibility.ts .cache/compatibility')
  process.exit(2)
}
const page = join(import.meta.dirname, '..', 'docs', 'reference', 'compatibility.md')
const begin = '<!-- results: made by scripts/compatibility.ts -->'
const end = '<!-- end of results -->'

const files = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort()
const results = (
  await Promise.all(
    files.map(async (name) =>
      z.array(result).parse(JSON.parse(await readFile(join(directory, name), 'utf8'))),
    ),
  )
).flat()
if (results.length === 0)
  throw new Error(`There are no results in ${directory}. Run the conformance tests first.`)

const text = await readFile(page, 'utf8')
const [head, rest] = text.split(begin)
const tail = rest?.split(end)[1]
if (head === undefined || tail === undefined)
  throw new Error(`${page} has lost its marks ${begin} and ${end}`)
await writeFile(page, `${head}${begin}\n\n${tables(results)}\n${end}${tail}`)
console.log(
  `${results.length} results of ${new Set(results.map(({ client }) => client)).size} clients are in ${page}`,
)

/** A table a client: its areas down, its versions across. */
function tables(all: Result[]): string {
  return [...Map.groupBy(all, ({ client }) => client)]
    .map(([client, ofClient]) => {
      const versions = [...new Set(ofClient.map(({ version }) => version))].sort(byVersion)
      const rows = [...Map.groupBy(ofClient, ({ area }) => area)].map(([area, ofArea]) => {
        const cells = versions.map((version) => cellOf(ofArea.find((one) => one.version === version)))
        return `| ${area} | ${cells.join(' | ')} |`
      })
      const columns = versions.map((version) => (version === '' ? 'works' : version))
      return `### ${client}\n\n| area | ${columns.join(' | ')} |\n|---|${'---|'.repeat(versions.length)}\n${rows.join('\n')}\n`
    })
    .join('\n')
}

function cellOf(one: Result | undefined): string {
  if (one === undefined) return 'not tried'
  const note = one.note.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return note === '' ? one.works : `${one.works}: ${note}`
}

function byVersion(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true })
}
