import { UserError } from '../user-error.ts'
import type { SettingValues } from './definitions.ts'

/** An OpenAI-compatible endpoint. */
export interface Endpoint {
  baseUrl: string
  /** Empty for endpoints that ask for none. */
  apiKey: string
  model: string
}

const openAiBaseUrl = 'https://api.openai.com/v1'

interface EndpointSettings {
  baseUrl: string | undefined
  apiKey: string | undefined
  model: string | undefined
  /** What it is for, in the error. */
  purpose: string
  /** Environment variables to name in the error. */
  variables: { key: string; baseUrl: string; model: string }
  defaultModel: string
}

/** The language model that answers, or null for the extractive one. */
export function llmEndpoint(values: SettingValues): Endpoint | null {
  if (values.llmModel === 'extractive') return null
  return endpoint({
    baseUrl: values.llmBaseUrl,
    apiKey: values.llmApiKey,
    model: values.llmModel,
    purpose: 'The language model',
    variables: { key: 'VOXTRACE_LLM_API_KEY', baseUrl: 'VOXTRACE_LLM_BASE_URL', model: 'VOXTRACE_LLM_MODEL' },
    defaultModel: 'gpt-4o-mini',
  })
}

/** The model that judges, or null for the offline judge. */
export function judgeEndpoint(values: SettingValues): Endpoint | null {
  if (values.judgeModel === 'offline') return null
  return endpoint({
    baseUrl: values.judgeBaseUrl,
    apiKey: values.judgeApiKey,
    model: values.judgeModel,
    purpose: 'The judge',
    variables: {
      key: 'VOXTRACE_JUDGE_API_KEY',
      baseUrl: 'VOXTRACE_JUDGE_BASE_URL',
      model: 'VOXTRACE_JUDGE_MODEL',
    },
    defaultModel: 'gpt-4o',
  })
}

/** The transcription endpoint, or null for Moonshine. A key alone does not send anybody's voice away. */
export function sttEndpoint(values: SettingValues): Endpoint | null {
  if (values.sttModel === 'moonshine-tiny' || (!values.sttModel && !values.sttBaseUrl)) return null
  return endpoint({
    baseUrl: values.sttBaseUrl,
    apiKey: values.sttApiKey,
    model: values.sttModel,
    purpose: 'Transcription',
    variables: { key: 'VOXTRACE_STT_API_KEY', baseUrl: 'VOXTRACE_STT_BASE_URL', model: 'VOXTRACE_STT_MODEL' },
    defaultModel: 'whisper-1',
  })
}

/** The speaking endpoint, or null for flite. */
export function ttsEndpoint(values: SettingValues): Endpoint | null {
  if (values.ttsModel === 'flite-slt' || (!values.ttsModel && !values.ttsBaseUrl)) return null
  return endpoint({
    baseUrl: values.ttsBaseUrl,
    apiKey: values.ttsApiKey,
    model: values.ttsModel,
    purpose: 'Speech',
    variables: { key: 'VOXTRACE_TTS_API_KEY', baseUrl: 'VOXTRACE_TTS_BASE_URL', model: 'VOXTRACE_TTS_MODEL' },
    defaultModel: 'tts-1',
  })
}

function endpoint(settings: EndpointSettings): Endpoint | null {
  const { baseUrl = openAiBaseUrl, apiKey = '', model } = settings
  const isOpenAi = baseUrl.startsWith(openAiBaseUrl)
  if (isOpenAi && !apiKey) {
    if (!model) return null
    throw new UserError(
      `${settings.purpose} is set to the model "${model}" of OpenAI, but there is no key for it.`,
      `Set ${settings.variables.key} or OPENAI_API_KEY, or ${settings.variables.baseUrl} for another endpoint, or unset ${settings.variables.model} to work offline.`,
    )
  }
  return { baseUrl, apiKey, model: model ?? settings.defaultModel }
}
