import { z } from 'zod'

/** Who reads a setting; `voxtrace up` reads them all. */
export type Reader = 'server' | 'judge' | 'bot'

export interface SettingDefinition {
  /** What it does, as the help and the reference say it. */
  description: string
  /** Environment variables that set it; the first that is set wins. */
  env: readonly string[]
  schema: z.ZodType
  /** How its value is written in the help, such as `URL`. */
  value: string
  /** What holds when nothing sets it, as the help says it. */
  defaultText: string
  readers: readonly Reader[]
  /** Secrets have no flag, since other users of a machine can read the flags of a process. */
  secret?: true
}

const text = z.string().trim().min(1, 'must not be empty')
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
const port = z.coerce
  .number({ error: 'must be a number' })
  .int('must be a whole number')
  .min(0, 'must be at least 0')
  .max(65535, 'must be at most 65535')
const milliseconds = z.coerce
  .number({ error: 'must be a number of milliseconds' })
  .int('must be a whole number of milliseconds')
  .min(0, 'must be at least 0')
const databaseUrl = z
  .string()
  .regex(
    /^postgres(ql)?:\/\//,
    'must begin with postgres:// or postgresql://, such as postgresql://user:password@host:5432/voxtrace',
  )

/** Texts separated by commas, or, in the settings file, a list of them. */
function list(form: RegExp, message: string) {
  const split = (given: unknown) =>
    typeof given === 'string' ? given.split(',').map((part) => part.trim()) : given
  const parts = z.array(z.string({ error: message }).regex(form, message), { error: message })
  return z.preprocess(
    split,
    parts.transform((given) => given.filter((part, index) => given.indexOf(part) === index)),
  )
}

const everyone: readonly Reader[] = ['server', 'judge', 'bot']

/** Every setting. Its flag is its name in kebab case: `databaseUrl` is `--database-url`. */
export const settingDefinitions = {
  data: {
    description: 'Directory that holds everything Voxtrace keeps',
    env: ['VOXTRACE_DATA'],
    schema: text,
    value: 'DIR',
    defaultText: '~/.voxtrace',
    readers: everyone,
  },
  host: {
    description: 'Address the tracking server listens on',
    env: ['VOXTRACE_HOST'],
    schema: text,
    value: 'ADDRESS',
    defaultText: '127.0.0.1',
    readers: ['server'],
  },
  allowedHosts: {
    description: 'Further host names the tracking server answers for, such as traces.example.com',
    env: ['VOXTRACE_ALLOWED_HOSTS', 'MLFLOW_SERVER_ALLOWED_HOSTS'],
    schema: list(/^[\w.*:[\]-]+$/, 'must be host names, separated by commas'),
    value: 'NAMES',
    defaultText: 'its addresses and names without a dot',
    readers: ['server'],
  },
  allowedOrigins: {
    description: 'Web pages of elsewhere that may use the tracking server, such as https://app.example.com',
    env: ['VOXTRACE_ALLOWED_ORIGINS', 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS'],
    schema: list(
      /^(\*|https?:\/\/[^\s/;]+)$/,
      'must be origins such as https://app.example.com, separated by commas',
    ),
    value: 'ORIGINS',
    defaultText: 'none but pages of this machine',
    readers: ['server'],
  },
  port: {
    description: 'Port of the tracking server',
    env: ['VOXTRACE_PORT'],
    schema: port,
    value: 'N',
    defaultText: '5000',
    readers: ['server'],
  },
  databaseUrl: {
    description: 'PostgreSQL 14 or later to keep traces in',
    env: ['VOXTRACE_DATABASE_URL'],
    schema: databaseUrl,
    value: 'URL',
    defaultText: 'an embedded PostgreSQL in the data directory',
    readers: ['server', 'judge'],
  },
  sessionQuietMs: {
    description: 'Silence after which a session of traces that each hold one turn is judged as a whole',
    env: ['VOXTRACE_SESSION_QUIET_MS'],
    schema: milliseconds,
    value: 'MS',
    defaultText: '120000, two minutes',
    readers: ['server'],
  },
  artifactBucket: {
    description: 'S3 bucket, and where in it, to keep uploaded files in',
    env: ['VOXTRACE_ARTIFACT_BUCKET'],
    schema: z
      .string()
      .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+(\/.*)?$/, 'must be a bucket such as s3://my-bucket/voxtrace'),
    value: 'S3_URL',
    defaultText: 'none: the data directory',
    readers: ['server'],
  },
  s3Endpoint: {
    description: 'Service that has the bucket, such as http://minio:9000',
    env: ['VOXTRACE_S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: "Amazon's in the region",
    readers: ['server'],
  },
  s3Region: {
    description: 'Region of the bucket',
    env: ['VOXTRACE_S3_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
    schema: text,
    value: 'NAME',
    defaultText: 'us-east-1',
    readers: ['server'],
  },
  s3AccessKeyId: {
    description: 'Key for the bucket',
    env: ['VOXTRACE_S3_ACCESS_KEY_ID', 'AWS_ACCESS_KEY_ID'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['server'],
    secret: true,
  },
  s3SecretAccessKey: {
    description: 'Secret of the key for the bucket',
    env: ['VOXTRACE_S3_SECRET_ACCESS_KEY', 'AWS_SECRET_ACCESS_KEY'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['server'],
    secret: true,
  },
  trackingUri: {
    description: 'Tracking server the bot sends its traces to',
    env: ['VOXTRACE_TRACKING_URI', 'MLFLOW_TRACKING_URI'],
    schema: httpUrl,
    value: 'URL',
    defaultText: 'the server on this machine',
    readers: ['bot'],
  },
  botHost: {
    description: 'Address the bot listens on for signalling',
    env: ['VOXTRACE_BOT_HOST'],
    schema: text,
    value: 'ADDRESS',
    defaultText: '127.0.0.1',
    readers: ['bot'],
  },
  botPort: {
    description: 'Port the bot listens on for signalling',
    env: ['VOXTRACE_BOT_PORT'],
    schema: port,
    value: 'N',
    defaultText: '5001 alone, any free port under `voxtrace up`',
    readers: ['bot'],
  },
  botUrl: {
    description: 'Bot that the server forwards /bot to',
    env: ['VOXTRACE_BOT_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: 'http://127.0.0.1:5001',
    readers: ['server'],
  },
  knowledge: {
    description: 'Folder, file or URL of Markdown, text or HTML that the bot answers from',
    env: ['VOXTRACE_KNOWLEDGE'],
    schema: text,
    value: 'PATH',
    defaultText: "Voxtrace's own documentation",
    readers: ['bot'],
  },
  chromaUrl: {
    description: 'ChromaDB server to keep the knowledge in',
    env: ['VOXTRACE_CHROMA_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: 'none: kept in the bot',
    readers: ['bot'],
  },
  vocabulary: {
    description: 'JSON file of names and the ways they are misheard',
    env: ['VOXTRACE_VOCABULARY'],
    schema: text,
    value: 'FILE',
    defaultText: "Voxtrace's own words",
    readers: ['bot'],
  },
  greeting: {
    description: 'What the bot says when a caller connects',
    env: ['VOXTRACE_GREETING'],
    schema: text,
    value: 'TEXT',
    defaultText: 'a short greeting',
    readers: ['bot'],
  },
  recordSound: {
    description: 'Whether the bot records the sound of its conversations: yes or no',
    env: ['VOXTRACE_RECORD_SOUND'],
    schema: z.enum(['yes', 'no'], 'must be yes or no'),
    value: 'YES_OR_NO',
    defaultText: 'yes',
    readers: ['bot'],
  },
  recordingNotice: {
    description: 'What the bot says before its greeting when it records the sound',
    env: ['VOXTRACE_RECORDING_NOTICE'],
    schema: text,
    value: 'TEXT',
    defaultText: 'nothing',
    readers: ['bot'],
  },
  maxConversations: {
    description: 'Conversations at the same time before a caller is told that the bot is busy',
    env: ['VOXTRACE_MAX_CONVERSATIONS'],
    schema: z.coerce
      .number({ error: 'must be a number' })
      .int('must be a whole number')
      .min(1, 'must be at least 1'),
    value: 'N',
    defaultText: '4',
    readers: ['bot'],
  },
  llmBaseUrl: {
    description: 'OpenAI-compatible endpoint of the language model that answers',
    env: ['VOXTRACE_LLM_BASE_URL', 'OPENAI_BASE_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: "OpenAI's when a key is set",
    readers: ['bot'],
  },
  llmModel: {
    description: 'Language model that answers',
    env: ['VOXTRACE_LLM_MODEL'],
    schema: text,
    value: 'NAME',
    defaultText: 'extractive without a key or endpoint, else gpt-4o-mini',
    readers: ['bot'],
  },
  llmApiKey: {
    description: 'Key of the language model endpoint',
    env: ['VOXTRACE_LLM_API_KEY', 'OPENAI_API_KEY'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['bot'],
    secret: true,
  },
  sttBaseUrl: {
    description: 'OpenAI-compatible endpoint that transcribes speech',
    env: ['VOXTRACE_STT_BASE_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: 'none: Moonshine on this machine',
    readers: ['bot'],
  },
  sttModel: {
    description: 'Model that transcribes speech; set it to use the endpoint',
    env: ['VOXTRACE_STT_MODEL'],
    schema: text,
    value: 'NAME',
    defaultText: 'moonshine-tiny',
    readers: ['bot'],
  },
  sttApiKey: {
    description: 'Key of the transcription endpoint',
    env: ['VOXTRACE_STT_API_KEY', 'OPENAI_API_KEY'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['bot'],
    secret: true,
  },
  ttsBaseUrl: {
    description: 'OpenAI-compatible endpoint that speaks',
    env: ['VOXTRACE_TTS_BASE_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: 'none: flite on this machine',
    readers: ['bot'],
  },
  ttsModel: {
    description: 'Model that speaks; set it to use the endpoint',
    env: ['VOXTRACE_TTS_MODEL'],
    schema: text,
    value: 'NAME',
    defaultText: 'flite-slt',
    readers: ['bot'],
  },
  ttsVoice: {
    description: 'Voice of the model that speaks',
    env: ['VOXTRACE_TTS_VOICE'],
    schema: text,
    value: 'NAME',
    defaultText: 'alloy',
    readers: ['bot'],
  },
  ttsApiKey: {
    description: 'Key of the speaking endpoint',
    env: ['VOXTRACE_TTS_API_KEY', 'OPENAI_API_KEY'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['bot'],
    secret: true,
  },
  judgeBaseUrl: {
    description: 'OpenAI-compatible endpoint of the model that judges',
    env: ['VOXTRACE_JUDGE_BASE_URL', 'OPENAI_BASE_URL'],
    schema: httpUrl,
    value: 'URL',
    defaultText: "OpenAI's when a key is set",
    readers: ['judge'],
  },
  judgeModel: {
    description: 'Model that judges',
    env: ['VOXTRACE_JUDGE_MODEL'],
    schema: text,
    value: 'NAME',
    defaultText: 'the offline judge without a key or endpoint, else gpt-4o',
    readers: ['judge'],
  },
  judgeApiKey: {
    description: 'Key of the judging endpoint',
    env: ['VOXTRACE_JUDGE_API_KEY', 'OPENAI_API_KEY'],
    schema: text,
    value: 'KEY',
    defaultText: 'none',
    readers: ['judge'],
    secret: true,
  },
  logLevel: {
    description: 'Least severe messages to show: debug, info, warn or error',
    env: ['VOXTRACE_LOG_LEVEL'],
    schema: z.enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' }),
    value: 'LEVEL',
    defaultText: 'info',
    readers: everyone,
  },
} as const satisfies Record<string, SettingDefinition>

export type SettingName = keyof typeof settingDefinitions

/** The value of every setting that something sets. */
export type SettingValues = {
  [Name in SettingName]?: z.output<(typeof settingDefinitions)[Name]['schema']>
}

export const settingNames = Object.keys(settingDefinitions).filter(isSettingName)

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingDefinitions, name)
}

/** `databaseUrl` gives `database-url`. */
export function flagName(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
