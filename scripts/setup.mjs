// Makes a fresh clone ready. Plain JavaScript: it runs on the machine's own Node, before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')

/** The pinned Node, which npm brings like any other package. */
export const pinnedNode = join(modules, '.bin', 'node')

/** The packed tracing client, which the server hands out. */
export const clientPackage = join(root, 'packages', 'cli', 'dist', 'voxtrace-client.tgz')

/** Installs packages and the pinned Node, and builds the web app and the client, each only when it is missing or out of date. */
export async function setup() {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) {
    fail(`Voxtrace needs Node 20 or later to set itself up; this is ${process.version}.`)
  }
  const marker = join(modules, '.voxtrace-setup')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : ''
  if (installed !== wanted) {
    // Not `npm ci`: it refuses a lock file that lacks an optional package of some other platform.
    await step('Installing packages', 'npm', [
      'install',
      '--no-save',
      '--loglevel=error',
      '--no-audit',
      '--no-fund',
    ])
    // Install scripts are off for all packages; this one links the pinned Node's binary.
    await step('Installing Node 24', 'npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
    writeFileSync(marker, wanted)
  }
  await buildWeb()
  await packClient()
}

/** Builds the web app if it is missing or out of date. */
async function buildWeb() {
  if (!isStale(join(root, 'packages/web/dist/index.html'), ['packages/web'])) return
  await step('Building the web app', pinnedNode, [
    join(modules, 'vite', 'bin', 'vite.js'),
    'build',
    '--logLevel=warn',
    join(root, 'packages', 'web'),
  ])
}

async function packClient() {
  if (!isStale(clientPackage, ['packages/client'])) return
  await step('Packing the tracing client', pinnedNode, [join(root, 'scripts', 'pack-client.mjs')])
}

/** Runs the pinned Node on TypeScript sources, in this terminal, until it ends. Resolves with its exit code. */
export function runPinned(args) {
  return new Promise((resolve) => {
    const child = spawn(
      pinnedNode,
      ['--conditions=@voxtrace/source', '--disable-warning=ExperimentalWarning', ...args],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
      },
    )
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    if (process.env.npm_lifecycle_event) whenOrphaned(() => child.kill('SIGTERM'))
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

/** npm hands a signal to the shell between it and us, and that shell dies of it without passing it on. */
function whenOrphaned(stop) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 200)
  timer.unref()
}

/** Runs a program to its end, saying what it does; its output is shown only when it fails. */
function step(title, program, args) {
  const startedAt = Date.now()
  const live = process.stdout.isTTY
  if (!live) console.log(`${title} …`)
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`
  const tick = live ? setInterval(() => process.stdout.write(`\r${title} … ${seconds()} `), 250) : undefined
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    child.on('error', (error) => {
      fail(`${title} failed: ${program} cannot be run: ${error.message}`)
    })
    child.on('close', (code) => {
      clearInterval(tick)
      console.log(`${live ? '\r' : ''}${title}: ${code === 0 ? `done in ${seconds()}` : 'failed'}      `)
      if (code === 0) return resolve()
      fail(
        `${output}\n${title} failed (${program} ${args[0]} ended with code ${code}). Mend what it says above and start again.`,
      )
    })
  })
}

/** Whether what was built is missing or older than its sources, or than those of the packages that all build upon. */
function isStale(file, sources) {
  const built = statSync(file, { throwIfNoEntry: false })
  if (!built) return true
  return [...sources, 'packages/model/src', 'packages/protocol/src'].some((directory) =>
    newerThan(join(root, directory), built.mtimeMs),
  )
}

function newerThan(directory, timeMs) {
  return readdirSync(directory, { withFileTypes: true }).some((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return !['dist', 'node_modules'].includes(entry.name) && newerThan(path, timeMs)
    return statSync(path).mtimeMs > timeMs
  })
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

// `node scripts/setup.mjs web` builds the web app alone.
if (process.argv[1] === fileURLToPath(import.meta.url))
  await (process.argv[2] === 'web' ? buildWeb() : setup())
