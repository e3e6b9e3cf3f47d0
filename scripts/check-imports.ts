// Holds the table of rooms in docs/architecture.md: which package may import which, and who may touch the machine.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const mayImport: Record<string, readonly string[]> = {
  model: [],
  protocol: ['model'],
  client: ['model', 'protocol'],
  language: [],
  store: ['model', 'protocol'],
  server: ['model', 'protocol', 'store'],
  judge: ['model', 'protocol', 'store', 'client', 'language'],
  voice: ['model', 'client', 'language'],
  web: ['model', 'protocol'],
  cli: ['model', 'protocol', 'client', 'language', 'store', 'server', 'judge', 'voice', 'web'],
}

/** Rooms that stay free of Node's API. */
const pure = ['model', 'protocol', 'web']

const importPattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\(\s*)'([^']+)'/g

const faults: string[] = []
for (const [room, allowed] of Object.entries(mayImport)) {
  const source = join(root, 'packages', room, 'src')
  for (const name of globSync('**/*.{ts,tsx}', { cwd: source })) {
    const file = join(source, name)
    const isTest = /(\.test|(^|\/)testing|test-.*)\.tsx?$/.test(name)
    const code = readFileSync(file, 'utf8')
    for (const [, specifier = ''] of code.matchAll(importPattern)) {
      const where = relative(root, file)
      if (specifier.startsWith('.')) {
        const target = resolve(dirname(file), specifier)
        if (!target.startsWith(source + sep) && !specifier.endsWith('package.json')) {
          faults.push(`${where} reaches out of its room: ${specifier}`)
        }
        continue
      }
      const other = /^@voxtrace\/([a-z]+)/.exec(specifier)?.[1]
      if (other && other !== room && !allowed.includes(other) && !isTest) {
        faults.push(`${where} imports @voxtrace/${other}, which packages/${room} may not`)
      }
      if (pure.includes(room) && specifier.startsWith('node:') && !isTest) {
        faults.push(`${where} imports ${specifier}, and packages/${room} stays free of Node's API`)
      }
    }
  }
}

for (const fault of faults) console.error(fault)
console.log(
  faults.length === 0 ? 'Imports follow the plan of the house.' : `${faults.length} imports break the plan.`,
)
process.exitCode = faults.length === 0 ? 0 : 1
