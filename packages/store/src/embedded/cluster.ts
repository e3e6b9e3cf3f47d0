import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxtraceError } from '@voxtrace/model'
import type { Account } from './account.ts'
import { isErrno, type PostgresBinaries } from './binaries.ts'

/** Where the parts of an embedded PostgreSQL stand in its directory. */
export interface ClusterPaths {
  directory: string
  /** Owned by the account that runs PostgreSQL, mode 0700. */
  cluster: string
  data: string
  password: string
  port: string
  log: string
  /** Names the process that stops the database. */
  owner: string
  lock: string
}

export function clusterPaths(directory: string): ClusterPaths {
  const cluster = join(directory, 'cluster')
  return {
    directory,
    cluster,
    data: join(cluster, 'data'),
    password: join(directory, 'password'),
    port: join(directory, 'port'),
    log: join(directory, 'postgres.log'),
    owner: join(directory, 'owner'),
    lock: join(directory, 'lock'),
  }
}

/** The database's user and name. */
export const databaseName = 'voxtrace'

/** Makes the directories. @throws VoxtraceError naming the directory that cannot be made or written. */
export async function makeDirectories(paths: ClusterPaths): Promise<void> {
  try {
    await mkdir(paths.directory, { recursive: true, mode: 0o755 })
    await mkdir(paths.cluster, { recursive: true, mode: 0o700 })
    const probe = join(paths.directory, `.writable-${process.pid}-${randomUUID()}`)
    await writeFile(probe, '')
    await rm(probe)
  } catch (cause) {
    throw directoryError(paths.directory, cause)
  }
}

/** The password, made and kept (mode 0600) at first use. */
export async function readOrMakePassword(paths: ClusterPaths): Promise<string> {
  const kept = await readPassword(paths)
  if (kept !== null) return kept
  const password = randomBytes(24).toString('base64url')
  const draft = `${paths.password}.new`
  await writeFile(draft, password, { mode: 0o600, flush: true })
  await rename(draft, paths.password)
  return password
}

export async function readPassword(paths: ClusterPaths): Promise<string | null> {
  const text = await readFile(paths.password, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return ''
    throw error
  })
  return text === '' ? null : text
}

/**
 * Makes the database cluster unless it is there. It is made beside its place and then renamed, so that one cut off
 * in the middle is made afresh.
 */
export async function makeCluster(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
  password: string,
): Promise<void> {
  if (account.uid !== null && account.gid !== null) await chown(paths.cluster, account.uid, account.gid)
  await chmod(paths.cluster, 0o700)
  if (await isDirectory(paths.data)) return checkVersion(paths, binaries, account)

  const draft = `${paths.data}.new`
  const passwordFile = join(paths.cluster, 'initial-password')
  await rm(draft, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  try {
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (account.uid !== null && account.gid !== null) await chown(passwordFile, account.uid, account.gid)
    const { code, output } = await run(account, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${databaseName}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ])
    if (code !== 0) throw initdbError(paths.directory, output)
    await rename(draft, paths.data)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error instanceof VoxtraceError ? error : directoryError(paths.directory, error)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function checkVersion(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
): Promise<void> {
  const made = (await readFile(join(paths.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  const { output } = await run(account, binaries.postgres, ['--version'])
  const ours = /\(PostgreSQL\) (\d+)/.exec(output)?.[1]
  if (made === '') {
    throw new VoxtraceError(
      'INTERNAL_ERROR',
      `The database in ${paths.data} is damaged (no PG_VERSION). Restore it from a backup, or choose another data directory.`,
    )
  }
  if (ours === undefined) {
    throw new VoxtraceError('INTERNAL_ERROR', `PostgreSQL does not run on this machine: ${firstLine(output)}`)
  }
  if (made !== ours) {
    throw new VoxtraceError(
      'INTERNAL_ERROR',
      `The database in ${paths.data} was made by PostgreSQL ${made}, and this is PostgreSQL ${ours}. Upgrade it with pg_upgrade, or choose another data directory.`,
    )
  }
}

function run(
  account: Account,
  program: string,
  parameters: string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const command = account.command(program, parameters)
    const child = spawn(command.file, command.parameters, {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      ...account.credentials,
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

function initdbError(directory: string, output: string): VoxtraceError {
  if (/No space left on device/.test(output)) return noSpace(directory)
  const reason = /^initdb: error: (.*)$/m.exec(output)?.[1] ?? /^.*FATAL:\s*(.*)$/m.exec(output)?.[1]
  return new VoxtraceError(
    'INTERNAL_ERROR',
    `The database could not be made in ${directory}: ${reason ?? firstLine(output)}`,
  )
}

export function directoryError(directory: string, cause: unknown): VoxtraceError {
  if (isErrno(cause, 'ENOSPC')) return noSpace(directory)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new VoxtraceError(
    'PERMISSION_DENIED',
    `The directory ${directory} cannot be written (${reason}). Choose another with --data, or change its owner.`,
    { cause },
  )
}

function noSpace(directory: string): VoxtraceError {
  return new VoxtraceError(
    'INTERNAL_ERROR',
    `The disk that holds ${directory} is full. Free at least 100 MB, or choose a directory on another disk with --data.`,
  )
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
