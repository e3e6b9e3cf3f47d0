import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { judgeEndpoint, llmEndpoint, sttEndpoint } from './endpoints.ts'
import { loadSettings } from './load.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxtrace-settings-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const settingsFile = (content: unknown) => {
  const file = join(directory, 'settings.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('precedence', () => {
  test('a flag wins over the environment, that over the file, that over the default', () => {
    const config = settingsFile({ port: 1, host: 'file', greeting: 'file', knowledge: 'file' })
    const { values } = loadSettings({
      flags: { port: '3' },
      configFlag: config,
      env: { VOXTRACE_PORT: '2', VOXTRACE_HOST: 'env', HOME: directory },
    })
    expect(values).toEqual({ port: 3, host: 'env', greeting: 'file', knowledge: 'file' })
  })

  test("a setting's own variable wins over the one it shares", () => {
    const { values } = loadSettings({
      flags: {},
      env: { HOME: directory, OPENAI_API_KEY: 'shared', VOXTRACE_JUDGE_API_KEY: 'own' },
    })
    expect(values.judgeApiKey).toBe('own')
    expect(values.llmApiKey).toBe('shared')
  })

  test('an empty variable sets nothing', () => {
    expect(
      loadSettings({ flags: {}, env: { HOME: directory, VOXTRACE_PORT: ' ' } }).values.port,
    ).toBeUndefined()
  })
})

describe('the data directory', () => {
  test('is .voxtrace in the home directory when nothing names it', () => {
    expect(loadSettings({ flags: {}, env: { HOME: directory } }).dataDirectory).toBe(
      join(directory, '.voxtrace'),
    )
  })

  test('holds the settings file when nothing names one', () => {
    writeFileSync(join(directory, 'voxtrace.json'), '{"port": 7}')
    const loaded = loadSettings({ flags: { data: directory }, env: {} })
    expect(loaded.values.port).toBe(7)
    expect(loaded.file).toBe(join(directory, 'voxtrace.json'))
  })
})

describe('what is wrong is said with its place', () => {
  test.each([
    [{ port: '70000' }, '--port must be at most 65535 (given: "70000").'],
    [{ port: 'web' }, '--port must be a number (given: "web").'],
    [{ databaseUrl: 'mysql://x' }, '--database-url must begin with postgres://'],
    [{ maxConversations: '0' }, '--max-conversations must be at least 1'],
  ])('%o', (flags, message) => {
    expect(() => loadSettings({ flags, env: { HOME: directory } })).toThrow(message)
  })

  test.each([
    ['{', 'cannot be read'],
    ['[1]', 'must hold one JSON object'],
    ['{"prot": 5000}', '"prot", which is not a setting'],
  ])('in the settings file: %s', (content, message) => {
    const config = settingsFile(content)
    expect(() => loadSettings({ flags: {}, configFlag: config, env: { HOME: directory } })).toThrow(message)
  })

  test('a secret is not repeated', () => {
    const config = settingsFile({ llmApiKey: { nested: 'sk-secret' } })
    expect(() => loadSettings({ flags: {}, configFlag: config, env: {} })).toThrow(/^(?!.*sk-secret)/)
  })

  test('a settings file that does not exist', () => {
    expect(() => loadSettings({ flags: {}, configFlag: join(directory, 'none.json'), env: {} })).toThrow(
      'does not exist',
    )
  })
})

describe('endpoints', () => {
  test('nothing set means offline', () => {
    expect([llmEndpoint({}), judgeEndpoint({}), sttEndpoint({})]).toEqual([null, null, null])
  })

  test('a key upgrades the language model and the judge, and leaves voices on this machine', () => {
    const values = { llmApiKey: 'k', judgeApiKey: 'k', sttApiKey: 'k' }
    expect(llmEndpoint(values)).toEqual({
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'k',
      model: 'gpt-4o-mini',
    })
    expect(judgeEndpoint(values)?.model).toBe('gpt-4o')
    expect(sttEndpoint(values)).toBeNull()
  })

  test("an endpoint of one's own needs no key", () => {
    expect(llmEndpoint({ llmBaseUrl: 'http://127.0.0.1:11434/v1', llmModel: 'small' })?.apiKey).toBe('')
  })

  test('a model of OpenAI without a key is an error that names the variable', () => {
    expect(() => judgeEndpoint({ judgeModel: 'gpt-4o' })).toThrow('there is no key')
  })
})
