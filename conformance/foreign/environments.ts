import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where foreign libraries are installed, each environment in a folder of its own; nothing of them is in the repository. */
export const installed = process.env.VOXTRACE_FOREIGN ?? join(import.meta.dirname, '../../.cache/foreign')

/** A set of foreign libraries that are installed together. */
export interface Environment {
  name: string
  language: 'python' | 'node' | 'java'
  /** The folder beside this file that holds the scripts and says which versions are installed. */
  folder: string
  /** The file that lists what is installed, where it has another name than the language's own. */
  manifest?: string
}

export function isInstalled(environment: Environment): boolean {
  return existsSync(join(installed, environment.name, 'ready'))
}

/** Installs an environment from its language's registry, if that has not been done. */
export async function install(environment: Environment): Promise<void> {
  if (isInstalled(environment)) return
  const home = join(installed, environment.name)
  const folder = join(import.meta.dirname, environment.folder)
  await rm(home, { recursive: true, force: true })
  await mkdir(installed, { recursive: true })
  if (environment.language === 'python') {
    await run('python3', ['-m', 'venv', home])
    const requirements = join(folder, environment.manifest ?? 'requirements.txt')
    await run(join(home, 'bin/pip'), ['install', '--quiet', '-r', requirements])
  } else {
    await cp(folder, home, { recursive: true })
    if (environment.manifest !== undefined)
      await rename(join(home, environment.manifest), join(home, 'package.json'))
    if (environment.language === 'node')
      await run('npm', ['install', '--silent', '--no-audit'], { cwd: home })
    else
      await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: home })
  }
  await writeFile(join(home, 'ready'), '')
}

/** The command that runs one of an environment's scripts. */
export async function commandOf(
  environment: Environment,
  script: string,
): Promise<{ program: string; arguments: string[] }> {
  const home = join(installed, environment.name)
  const source = join(import.meta.dirname, environment.folder, script)
  if (environment.language === 'python') return { program: join(home, 'bin/python'), arguments: [source] }
  if (environment.language === 'java')
    return { program: 'java', arguments: ['-cp', join(home, 'jars/*'), source] }
  // Node finds what is installed from where the script stands.
  const folder = join(import.meta.dirname, environment.folder)
  await cp(folder, home, { recursive: true, filter: (path) => !path.endsWith('.json') })
  return { program: process.execPath, arguments: [join(home, script)] }
}
