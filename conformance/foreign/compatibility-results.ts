import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CompatibilityResult, recordCompatibility } from '../product/compatibility.ts'
import type { Environment } from './environments.ts'

/** What the tests of one file saw of foreign clients, for `docs/reference/compatibility.md`. */
export class CompatibilityResults {
  readonly #results: CompatibilityResult[] = []

  /** @param name the client's package, whose version the environment lists */
  async add(
    environment: Environment,
    name: string,
    seen: { client: string; area: string; works: boolean },
  ): Promise<void> {
    const works = seen.works ? 'yes' : 'no'
    this.#results.push({ ...seen, works, version: await versionOf(environment, name), note: '' })
  }

  async record(): Promise<void> {
    const ofClients = Map.groupBy(this.#results, ({ client, version }) => `${client} ${version}`)
    for (const results of ofClients.values()) await recordCompatibility(results)
  }
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
async function versionOf({ folder, language, manifest }: Environment, name: string): Promise<string> {
  const { list, of } = versions[language]
  const listed = await readFile(join(import.meta.dirname, folder, manifest ?? list), 'utf8')
  const version = new RegExp(of(name), 'm').exec(listed)?.[1]
  if (version === undefined) throw new Error(`${folder} does not list ${name}`)
  return version
}
