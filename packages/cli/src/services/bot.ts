import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Log } from '@voxtrace/model'
import type { DataDirectory } from '../data-directory.ts'
import { defaultBotPort, defaultPort } from '../settings/defaults.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { llmEndpoint, sttEndpoint, ttsEndpoint } from '../settings/endpoints.ts'
import { UserError } from '../user-error.ts'
import type { RunningService } from './run-service.ts'

/** Starts the voice bot. It is loaded only here, so that a server or judge alone needs none of the voice stack. */
export async function runBot(
  values: SettingValues,
  directory: DataDirectory,
  log: Log,
): Promise<RunningService> {
  const llm = llmEndpoint(values)
  const stt = sttEndpoint(values)
  const tts = ttsEndpoint(values)
  const { startBot } = await loadVoice()
  const bot = await startBot({
    host: values.botHost ?? '127.0.0.1',
    port: values.botPort ?? defaultBotPort,
    trackingUri: values.trackingUri ?? `http://127.0.0.1:${values.port ?? defaultPort}`,
    cacheDirectory: directory.cache,
    spillDirectory: directory.spill,
    ongoingDirectory: directory.ongoing,
    knowledge: values.knowledge ?? ownDocumentation(),
    ...(values.chromaUrl ? { chromaUrl: values.chromaUrl } : {}),
    ...(values.vocabulary ? { vocabulary: values.vocabulary } : {}),
    ...(values.greeting ? { greeting: values.greeting } : {}),
    recordSound: values.recordSound !== 'no',
    ...(values.recordingNotice ? { recordingNotice: values.recordingNotice } : {}),
    ...(values.maxConversations ? { maxConversations: values.maxConversations } : {}),
    ...(llm ? { llm } : {}),
    ...(stt ? { stt } : {}),
    ...(tts ? { tts: { ...tts, ...(values.ttsVoice ? { voice: values.ttsVoice } : {}) } } : {}),
    log,
  })
  return {
    details: { url: bot.url, ...bot.models, knowledge: bot.status().knowledge.source },
    close: () => bot.close(),
  }
}

async function loadVoice(): Promise<typeof import('@voxtrace/voice')> {
  try {
    return await import('@voxtrace/voice')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new UserError(
      `The voice bot is not installed: ${error.message.split('\n')[0]}.`,
      'Install @voxtrace/voice, or run `voxtrace up --without bot`.',
      { cause: error },
    )
  }
}

/** The documentation in the repository, or the copy in the published package. */
function ownDocumentation(): string {
  const candidates = ['../../../../docs', '../docs'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const found = candidates.find((path) => existsSync(path))
  if (found) return found
  throw new UserError(
    'The documentation that the bot answers from is missing.',
    'Name other knowledge with --knowledge PATH.',
  )
}
