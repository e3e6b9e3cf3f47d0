import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Embedder, loadEmbedder, words } from '@voxtrace/language'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Knowledge } from '../../knowledge/knowledge.ts'
import { openKnowledge } from '../../knowledge/open-knowledge.ts'
import { defaultVocabulary } from '../../vocabulary/default-vocabulary.ts'
import { createVocabulary } from '../../vocabulary/vocabulary.ts'
import type { Message } from '../language-model.ts'
import { answerExtractively } from './answer-extractively.ts'
import { retrievalQuery } from './retrieval-query.ts'

const documentation = fileURLToPath(new URL('../../../../../docs', import.meta.url))
const log = { debug() {}, info() {}, warn() {}, error() {} }
const { correctTranscript } = createVocabulary(defaultVocabulary)

/** As it is a few seconds after the first start: the questions are embedded, the rest is found by its words. */
function embeddingQuestionsOnly(embedder: Embedder): Embedder {
  return {
    model: embedder.model,
    dimensions: embedder.dimensions,
    close: () => embedder.close(),
    embed: (texts, options = {}) =>
      options.priority !== 'background' || texts.every((text) => text.endsWith('?'))
        ? embedder.embed(texts, options)
        : new Promise((_, reject) => {
            options.signal?.addEventListener('abort', () => reject(options.signal?.reason))
          }),
  }
}

describe('a newcomer who asks the bot about Voxtrace, as speech recognition writes it', () => {
  let embedder: Embedder
  let knowledge: Knowledge
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'voxtrace-own-'))
    embedder = await loadEmbedder()
    knowledge = await openKnowledge({
      source: documentation,
      cacheDirectory: directory,
      embedder: embeddingQuestionsOnly(embedder),
      log,
    })
    await vi.waitFor(() => expect(knowledge.embedded).toBeGreaterThan(60), {
      timeout: 150_000,
      interval: 100,
    })
  })
  afterAll(async () => {
    await knowledge.close()
    await embedder.close()
    await rm(directory, { recursive: true })
  })

  async function converse(...said: string[]): Promise<string[]> {
    const history: Message[] = []
    const answers: string[] = []
    for (const heard of said) {
      const question = correctTranscript(heard).text
      const { subject } = knowledge
      const passages = await knowledge.search(retrievalQuery(question, history, subject), 3)
      let answer = ''
      for await (const piece of answerExtractively({ question, passages, history, subject })) answer += piece
      answers.push(answer)
      history.push({ role: 'user', content: question }, { role: 'assistant', content: answer })
    }
    return answers
  }

  test.each([
    ['What is Voxtrace?', /^Voxtrace is a tool for people who build voice agents/],
    ["What is Mark's trace?", /^Voxtrace is a tool/],
    ["What's box trace?", /^Voxtrace is a tool/],
    ['What is this?', /^Voxtrace is a tool/],
    ['What can you do?', /^Ask me about Voxtrace/],
    ['How do I start it?', /^Run npm start/],
    ['How do I run this?', /^Run npm start/],
    ['How do I install it?', /npm start/],
    ['How do I stop it?', /Control-C/],
    ['What is a trace?', /^A trace is/],
    ['How do I send traces from Python?', /MLflow/],
    ['Can I use it with open telemetry?', /^Yes, Voxtrace supports OpenTelemetry\./],
    ['How do I use my own documents?', /knowledge/],
    ['Does it work offline?', /^Yes\./],
    ['Do I need a key?', /^No/],
    ['Which judges are there?', /faithfulness, tone and coherence/],
    ['Why are there no scores?', /after a turn has ended/],
    ['Where is my data?', /data directory/],
    ['What database does it use?', /PostgreSQL/],
    ['Can I interrupt you?', /^Yes\. Just start to speak/],
    ['What license does it have?', /Apache/],
    ['Could you tell me what port it uses?', /5000/],
  ])('gets an answer: “%s”', async (question, expected) => {
    const [answer = ''] = await converse(question)
    expect(answer).toMatch(expected)
    expect(words(answer).length).toBeLessThanOrEqual(45)
    expect(answer).not.toMatch(/[|`*_<>{}[\]]/)
  })

  test.each([
    "What's the weather like today?",
    'What is the capital of France?',
    'What time is it?',
    'How old are you?',
    'Tell me a joke.',
    'Play some music.',
    'How do I cook pasta?',
    'Can you order a pizza?',
    'What is the meaning of life?',
    'Does it run in Docker?',
    'Do you use ChatGPT?',
  ])('is told that there is no answer: “%s”', async (question) => {
    expect((await converse(question))[0]).toMatch(
      /^I could not find an answer to that in the Voxtrace documentation\./,
    )
  })

  test('can go on after a question that was not understood', async () => {
    expect((await converse('What is marble strays?', 'How do I start it?'))[1]).toMatch(/^Run npm start/)
  })

  test('can ask for more, and why', async () => {
    const [first, more, why] = await converse('What is Voxtrace?', 'Tell me more.', 'And why?')
    expect(more).toMatch(/^Voxtrace/)
    expect(more).not.toBe(first)
    expect(why).toMatch(/^Voxtrace shows why/)
  })
})
