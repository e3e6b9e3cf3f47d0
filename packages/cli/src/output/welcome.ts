import { styleText } from 'node:util'
import type { LoadedSettings } from '../settings/load.ts'

export interface Welcome {
  /** Where the tracking server listens. */
  url: string
  directory: string
  settings: LoadedSettings
  /** What each service said of itself, by name. */
  details: Record<string, Record<string, unknown>>
}

/** Prints where everything is, which models are in use and how to upgrade them. */
export async function printWelcome(welcome: Welcome): Promise<void> {
  process.stdout.write(
    welcomeText(welcome, (format, text) => styleText(format, text, { stream: process.stdout })),
  )
}

type Style = (format: 'bold' | 'gray' | 'cyan', text: string) => string

/** The text of the welcome; `style` colours it or not. */
export function welcomeText({ url, directory, settings, details }: Welcome, style: Style): string {
  const { bot, judge } = details
  const places: [string, string][] = [
    ['Web app', url],
    ...(bot ? ([['Talk to it', `${url}/talk`]] satisfies [string, string][]) : []),
    ['MLFLOW_TRACKING_URI', url],
    ['OTLP endpoint', `${url}/v1/traces`],
    ['Data directory', directory],
    ['Settings file', settings.file ?? 'none'],
    ['Database', databaseText(settings.values.databaseUrl)],
  ]
  const models: [string, unknown, string][] = [
    ...(bot
      ? ([
          ['Speech to text', bot.stt, 'VOXTRACE_STT_MODEL and VOXTRACE_STT_BASE_URL'],
          ['Language model', bot.llm, 'OPENAI_API_KEY, or VOXTRACE_LLM_BASE_URL'],
          ['Text to speech', bot.tts, 'VOXTRACE_TTS_MODEL and VOXTRACE_TTS_BASE_URL'],
          ['Knowledge', bot.knowledge, '--knowledge PATH'],
        ] satisfies [string, unknown, string][])
      : []),
    ...(judge
      ? ([['Judge', judge.model, 'OPENAI_API_KEY, or VOXTRACE_JUDGE_BASE_URL']] satisfies [
          string,
          unknown,
          string,
        ][])
      : []),
  ]
  const valueWidth = Math.max(...models.map(([, value]) => String(value).length), 0)
  const lines = [
    '',
    ...places.map(([name, value]) => `  ${style('gray', name.padEnd(21))}${style('bold', value)}`),
    '',
    ...models.map(
      ([name, value, upgrade]) =>
        `  ${style('gray', name.padEnd(21))}${String(value).padEnd(valueWidth)}  ${style('gray', `change: ${upgrade}`)}`,
    ),
    '',
    `  ${style('gray', 'Ctrl-C stops everything in order. `voxtrace --help` lists settings and commands.')}`,
    '',
    '',
  ]
  return lines.join('\n')
}

/** Where the database is, without its user and password. */
function databaseText(databaseUrl: string | undefined): string {
  if (!databaseUrl) return 'embedded PostgreSQL, in the data directory'
  const { host, pathname } = new URL(databaseUrl)
  return `PostgreSQL at ${host}${pathname}`
}
