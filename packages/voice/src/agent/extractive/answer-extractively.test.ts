import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Embedder, loadEmbedder, words } from '@voxtrace/language'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Knowledge } from '../../knowledge/knowledge.ts'
import { openKnowledge } from '../../knowledge/open-knowledge.ts'
import type { Message } from '../language-model.ts'
import { answerExtractively } from './answer-extractively.ts'
import { retrievalQuery } from './retrieval-query.ts'

const manual = `# Kettle
The kettle is an appliance that boils water. It holds up to 1.5 litres.

It lets you:

* boil water in three minutes
* keep it warm for an hour

## Cleaning
To remove limescale, fill the kettle with vinegar and wait for an hour. Then rinse it twice with clean water.

\`\`\`
clean --now
\`\`\`

## Warranty
The warranty covers defects for 24 months (see [terms](https://a.example/terms)). It does not cover limescale. Send the
kettle to the workshop together with the receipt. Repairs take about ten days.

## Temperature
You can set the temperature between 40 and 100 degrees by turning the dial. Green tea needs 80 degrees.
`

describe('the extractive answer', () => {
  let embedder: Embedder
  let knowledge: Knowledge
  let directory: string
  const log = { debug() {}, info() {}, warn() {}, error() {} }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'voxtrace-answers-'))
    await writeFile(join(directory, 'manual.md'), manual)
    embedder = await loadEmbedder()
    knowledge = await openKnowledge({
      source: join(directory, 'manual.md'),
      cacheDirectory: join(directory, 'cache'),
      embedder,
      log,
    })
    await knowledge.ready
  })
  afterAll(async () => {
    await knowledge.close()
    await embedder.close()
    await rm(directory, { recursive: true })
  })

  async function converse(...questions: string[]): Promise<string[]> {
    const history: Message[] = []
    const answers: string[] = []
    for (const question of questions) {
      const passages = await knowledge.search(retrievalQuery(question, history), 3)
      let answer = ''
      for await (const piece of answerExtractively({
        question,
        passages,
        history,
        knowledgeName: 'the manual',
      }))
        answer += piece
      answers.push(answer)
      history.push({ role: 'user', content: question }, { role: 'assistant', content: answer })
    }
    return answers
  }

  test.each([
    ['What is the kettle?', /^The kettle is an appliance that boils water\./],
    [
      'How do I remove limescale?',
      /^To remove limescale, fill the kettle with vinegar and wait for an hour\. Then rinse it/,
    ],
    ['how long is the warranty', /warranty covers defects for 24 months\./],
    ['how do i set the temperature', /^You can set the temperature between 40 and 100 degrees/],
    ['how do i remove limscale from the kettel', /To remove limescale/],
  ])('answers “%s”', async (question, expected) => {
    expect((await converse(question))[0]).toMatch(expected)
  })

  test.each([
    'What is the capital of France?',
    'Who won the world cup in 1998?',
    'Can you book me a flight to Paris?',
    'How do I train my dog to sit?',
    'What time is it?',
  ])('does not know “%s”, and says so', async (question) => {
    expect((await converse(question))[0]).toMatch(/^I could not find an answer to that in the manual\./)
  })

  test('is short, for the ear, and made of what the documents say', async () => {
    for (const [answer = ''] of await Promise.all(
      ['What is the kettle?', 'how do I clean limescale', 'what does the warranty cover'].map((one) =>
        converse(one),
      ),
    )) {
      expect(words(answer).length).toBeLessThanOrEqual(45)
      expect(answer).not.toMatch(/[*_`#|<>[\]{}()]|https?:|--/)
      for (const word of words(answer)) expect(words(manual)).toContain(word)
    }
  })

  test('goes on with what it has not said, until there is nothing left', async () => {
    const [first = '', second = '', ...later] = await converse(
      'what does the warranty cover',
      ...Array<string>(8).fill('tell me more'),
    )
    expect(second).not.toBe('')
    for (const sentence of second.split(/(?<=\.)\s/)) expect(first).not.toContain(sentence)
    expect(later.at(-1)).toBe('That is all I found about it in the manual.')
  })

  test('repeats what it said last', async () => {
    const [answer, repeated] = await converse('how do I remove limescale', 'sorry, can you repeat that?')
    expect(repeated).toBe(answer)
    expect((await converse('repeat that please'))[0]).toMatch(/^I have not said anything yet/)
  })

  test('greets, thanks, says what it is and can do, and says goodbye', async () => {
    const said = await converse(
      'Hello!',
      'How are you?',
      'Who are you?',
      'What can you do?',
      'Thank you!',
      'Goodbye.',
      'um',
    )
    expect(said[0]).toMatch(/^Hello/)
    expect(said[1]).toMatch(/^I am well/)
    expect(said[2]).toContain('answers from the manual')
    expect(said[3]).toContain('Ask me about the manual')
    expect(said[4]).toMatch(/^You are welcome/)
    expect(said[5]).toMatch(/^Goodbye/)
    expect(said[6]).toMatch(/^Sorry, I did not catch that/)
  })

  test('understands a follow-up by the question before it', async () => {
    expect((await converse('how do i set the temperature', 'what about green tea'))[1]).toContain(
      'Green tea needs 80 degrees.',
    )
  })

  test('comes word by word', async () => {
    const pieces: string[] = []
    const passages = await knowledge.search('What is the kettle?', 3)
    for await (const piece of answerExtractively({ question: 'What is the kettle?', passages, history: [] }))
      pieces.push(piece)
    expect(pieces.slice(0, 3)).toEqual(['The ', 'kettle ', 'is '])
  })

  test('does not know when retrieval brought nothing', async () => {
    let answer = ''
    for await (const piece of answerExtractively({
      question: 'What is the kettle?',
      passages: [],
      history: [],
    }))
      answer += piece
    expect(answer).toMatch(/^I could not find an answer to that in my documents\./)
  })
})
