import { spawn } from 'node:child_process'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../testing.ts'
import { chooseAccount } from './account.ts'
import { locateBinaries } from './binaries.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts'
import { findPostmaster, waitForExit } from './postmaster.ts'

const isRoot = process.getuid?.() === 0

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Starts the database in a process of its own and kills that process, and only it, with SIGKILL. */
async function startInKilledProcess(directory: string): Promise<void> {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, log })
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(
    process.execPath,
    ['--conditions=@voxtrace/source', '--input-type=module', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', () => reject(new Error('the process ended before the database was ready')))
  })
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
}

describe('the embedded PostgreSQL', () => {
  let directory: string
  let stops: (() => Promise<void>)[]

  beforeAll(async () => {
    // Of mode 0700, as every directory that mkdtemp makes: another user cannot pass it.
    directory = await mkdtemp(join(tmpdir(), 'voxtrace-embedded-'))
  })
  beforeEach(() => {
    stops = []
  })
  afterEach(async () => {
    for (const stop of stops) await stop()
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  async function start(at = directory) {
    const postgres = await startEmbeddedPostgres({ directory: at, log: silentLog })
    stops.push(postgres.stop)
    return postgres
  }

  test('starts below a directory that only its owner may enter, and keeps data, port and password over restarts', async () => {
    const first = await start()
    await query(
      first.databaseUrl,
      'DROP TABLE IF EXISTS kept; CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)',
    )
    await first.stop()
    await first.stop()
    expect(await attachEmbeddedPostgres({ directory })).toBeNull()
    const second = await start()
    expect(second.databaseUrl).toBe(first.databaseUrl)
    expect(await query(second.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  })

  test('listens on loopback only and refuses a wrong password', async () => {
    const { databaseUrl } = await start()
    expect(await query(databaseUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect(await query(databaseUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    const wrong = databaseUrl.replace(/:[^:@]+@/, ':wrong@')
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
  })

  test('takes over the database of a starter that was killed, and stops it', async () => {
    await startInKilledProcess(directory)
    const attached = await attachEmbeddedPostgres({ directory })
    expect(attached).not.toBeNull()
    await query(
      attached ?? '',
      'DROP TABLE IF EXISTS kept; CREATE TABLE kept (n int); INSERT INTO kept VALUES (2)',
    )
    const taken = await start()
    expect(taken.databaseUrl).toBe(attached)
    await taken.stop()
    expect(await attachEmbeddedPostgres({ directory })).toBeNull()
    const again = await start()
    expect(await query(again.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 2 }])
  })

  test('recovers every committed row after the database itself was killed', async () => {
    const first = await start()
    await query(
      first.databaseUrl,
      'DROP TABLE IF EXISTS kept; CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)',
    )
    const postmaster = await findPostmaster(join(directory, 'cluster', 'data'))
    if (postmaster === null) throw new Error('The database does not run.')
    process.kill(postmaster.pid, 'SIGKILL')
    await waitForExit(postmaster.pid, 60_000)
    const second = await start()
    expect(await query(second.databaseUrl, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }])
  })

  test('is shared, not stopped, by a second start while the first lives', async () => {
    const first = await start()
    const [second, third] = await Promise.all([start(), start()])
    expect(second.databaseUrl).toBe(first.databaseUrl)
    expect(third.databaseUrl).toBe(first.databaseUrl)
    await second.stop()
    expect(await query(first.databaseUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('makes afresh a database whose making was cut off, and passes over a stale pid file of a recycled pid', async () => {
    const fresh = join(directory, 'fresh')
    const data = join(fresh, 'cluster', 'data')
    await mkdir(`${data}.new`, { recursive: true })
    await writeFile(join(`${data}.new`, 'PG_VERSION'), '18\n')
    const first = await start(fresh)
    await first.stop()
    await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n\nready\n`)
    const second = await start(fresh)
    expect(await query(second.databaseUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('says which version made a database that it cannot use', async () => {
    const first = await start()
    await first.stop()
    const versionFile = join(directory, 'cluster', 'data', 'PG_VERSION')
    const version = await readFile(versionFile)
    await writeFile(versionFile, '12\n')
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 12, and this is PostgreSQL \d+/)
    await writeFile(versionFile, version)
  })

  test('says that a directory cannot be made', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    await expect(start(join(file, 'below'))).rejects.toThrow(/cannot be written.*Choose another with --data/)
  })

  test('says that the password is not the database\u2019s', async () => {
    const first = await start()
    await first.stop()
    await rename(join(directory, 'password'), join(directory, 'kept'))
    await writeFile(join(directory, 'password'), 'another')
    await expect(start()).rejects.toThrow(/password in .* is not the database's/)
    await expect.poll(() => findPostmaster(join(directory, 'cluster', 'data'))).toBeNull()
    await rename(join(directory, 'kept'), join(directory, 'password'))
  })

  test.runIf(isRoot)('runs programs that stand below a directory that only root may enter', async () => {
    const binaries = await locateBinaries()
    const copy = join(directory, 'private', 'native')
    await mkdir(dirname(copy), { mode: 0o700 })
    await cp(binaries.directory, copy, { recursive: true, verbatimSymlinks: true })
    const cluster = join(directory, 'private', 'cluster')
    await mkdir(cluster, { mode: 0o700 })
    await chown(cluster, 65534, 65534)
    await chmod(directory, 0o700)
    const account = await chooseAccount(
      cluster,
      { ...binaries, postgres: join(copy, 'bin', 'postgres') },
      undefined,
    )
    expect(account.uid).toBe(65534)
    const command = account.command(join(copy, 'bin', 'initdb'), [
      '--pgdata',
      join(cluster, 'data'),
      '--auth=trust',
      '--no-locale',
    ])
    const child = spawn(command.file, command.parameters, {
      cwd: '/',
      stdio: 'ignore',
      ...account.credentials,
    })
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
    expect(await readFile(join(cluster, 'data', 'PG_VERSION'), 'utf8')).toMatch(/^\d+\n$/)
  })
})
