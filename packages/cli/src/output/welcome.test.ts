import { expect, test } from 'vitest'
import { welcomeText } from './welcome.ts'

const details = {
  server: {},
  judge: { model: 'judge-model' },
  bot: { stt: 'stt-model', llm: 'llm-model', tts: 'tts-model', knowledge: '/docs' },
}

function textOf(databaseUrl?: string, without: (keyof typeof details)[] = []): string {
  const running = Object.fromEntries(
    Object.entries(details).filter(([name]) => !without.some((left) => left === name)),
  )
  const settings = { values: databaseUrl ? { databaseUrl } : {}, dataDirectory: '/data', file: null }
  const welcome = { url: 'http://127.0.0.1:5000', directory: '/data', settings, details: running }
  return welcomeText(welcome, (_format, text) => text)
}

test('says where everything is and which models are in use', () => {
  const text = textOf()
  for (const place of ['http://127.0.0.1:5000/talk', 'http://127.0.0.1:5000/v1/traces', '/data'])
    expect(text).toContain(place)
  for (const model of ['stt-model', 'llm-model', 'tts-model', 'judge-model']) expect(text).toContain(model)
})

test('says how to change each model', () => {
  expect(textOf()).toMatch(/Language model\s+llm-model\s+change: OPENAI_API_KEY/)
  expect(textOf()).toMatch(/Judge\s+judge-model\s+change: OPENAI_API_KEY/)
})

test('names a database without its user and password', () => {
  const text = textOf('postgresql://me:secret@db.example:5432/traces')
  expect(text).toContain('PostgreSQL at db.example:5432/traces')
  expect(text).not.toContain('secret')
})

test('leaves out what does not run', () => {
  const text = textOf(undefined, ['bot'])
  expect(text).not.toContain('/talk')
  expect(text).not.toContain('Speech to text')
})
