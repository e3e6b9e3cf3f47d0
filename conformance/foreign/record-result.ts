import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from './environments.ts'

/** A line of `docs/reference/compatibility.md`: what one client was seen to do with the server. */
interface Result {
  client: string
  version: string
  area: string
  works: boolean
  note?: string
}

/** The folder that takes results, one JSON object a line; without it nothing is written down. */
const results = process.env.VOXTRACE_RESULTS

export async function recordResult(result: Result): Promise<void> {
  if (results === undefined) return
  await mkdir(results, { recursive: true })
  await appendFile(join(results, 'foreign.jsonl'), `${JSON.stringify(result)}\n`)
}

/** Where an environment's list says the version of a package, by language. */
const versions = {
  python: { list: 'requirements.txt', of: (name: string) => `^${name}(?:\\[.*\\])?==(\\S+)$` },
  node: { list: 'package.json', of: (name: string) => `"${name}": "(.+)"` },
  java: {
    list: 'pom.xml',
    of: (name: string) => `<artifactId>${name}</artifactId>\\s*<version>(.+)</version>`,
  },
}

/** The version of a package that an environment's list names. */
export async function versionOf({ folder, language, manifest }: Environment, name: string): Promise<string> {
  const { list, of } = versions[language]
  const listed = await readFile(join(import.meta.dirname, folder, manifest ?? list), 'utf8')
  const version = new RegExp(of(name), 'm').exec(listed)?.[1]
  if (version === undefined) throw new Error(`${folder} does not list ${name}`)
  return version
}
