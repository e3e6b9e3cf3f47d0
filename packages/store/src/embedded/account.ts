import { spawn } from 'node:child_process'
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxtraceError } from '@voxtrace/model'
import type { PostgresBinaries } from './binaries.ts'

/** How a PostgreSQL program is started: as ourselves, or, because PostgreSQL refuses root, as another user. */
export interface Account {
  uid: number | null
  gid: number | null
  /** The command line that runs `program` as this account. */
  command(program: string, parameters: string[]): { file: string; parameters: string[] }
  /** Credentials for `spawn`; empty where the command line changes the user itself. */
  credentials: { uid?: number; gid?: number }
}

const ourselves: Account = {
  uid: null,
  gid: null,
  command: (file, parameters) => ({ file, parameters }),
  credentials: {},
}

/**
 * Decides which account runs PostgreSQL. A common user runs it as itself. Root runs it as `runAs` (default
 * `nobody`); where that user cannot pass a directory on the way to the data or the programs, such as a home
 * directory of mode 0700, PostgreSQL keeps only the capability to search directories (`setpriv`).
 *
 * @param clusterDirectory an existing directory, which the account is to own
 * @throws VoxtraceError when the account does not exist or has no way to the data or the programs
 */
export async function chooseAccount(
  clusterDirectory: string,
  binaries: PostgresBinaries,
  runAs: string | undefined,
): Promise<Account> {
  if (process.getuid?.() !== 0) return ourselves
  const owner = await stat(clusterDirectory)
  const { uid, gid } =
    owner.uid === 0
      ? await lookUpUser(runAs ?? 'nobody', runAs !== undefined)
      : { uid: owner.uid, gid: owner.gid }

  const direct: Account = {
    uid,
    gid,
    command: (file, parameters) => ({ file, parameters }),
    credentials: { uid, gid },
  }
  const barred =
    (await firstBarredAncestor(clusterDirectory, uid, gid)) ??
    (await firstBarredAncestor(binaries.postgres, uid, gid))
  if (barred === null) return direct

  for (const keepForAccess of [true, false]) {
    const account = searchingAccount(uid, gid, keepForAccess)
    if (await runs(account.command(binaries.postgres, ['--version']))) return account
  }
  throw new VoxtraceError(
    'PERMISSION_DENIED',
    `PostgreSQL does not run as root, and user ${uid} cannot pass ${barred}. Choose a data directory that every user can reach, such as --data /var/lib/voxtrace.`,
  )
}

/**
 * An account that has the one capability to read and search directories that are closed to it. PostgreSQL also asks
 * access(2), which drops capabilities unless the securebit no_setuid_fixup is set; not everywhere may it be set.
 */
function searchingAccount(uid: number, gid: number, keepForAccess: boolean): Account {
  const privileges = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    ...(keepForAccess ? ['--securebits=+no_setuid_fixup'] : []),
  ]
  return {
    uid,
    gid,
    command: (file, parameters) => ({
      file: 'setpriv',
      parameters: [...privileges, '--', file, ...parameters],
    }),
    credentials: {},
  }
}

async function lookUpUser(name: string, required: boolean): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':')
    if (user === name && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  if (!required) return { uid: 65534, gid: 65534 }
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `There is no unprivileged user "${name}" in /etc/passwd to run PostgreSQL as. Name another one.`,
  )
}

async function firstBarredAncestor(path: string, uid: number, gid: number): Promise<string | null> {
  let directory = dirname(await realpath(path))
  for (;;) {
    const { mode, uid: owner, gid: group } = await stat(directory)
    const execute = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
    if ((mode & execute) === 0) return directory
    const parent = dirname(directory)
    if (parent === directory) return null
    directory = parent
  }
}

function runs(command: { file: string; parameters: string[] }): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command.file, command.parameters, { cwd: '/', stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
