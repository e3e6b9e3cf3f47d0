import { type Embedder, loadEmbedder } from '@voxtrace/language'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Judgement } from '../judgement.ts'
import {
  answerRelevancy,
  coherence,
  faithfulness,
  type Rubric,
  retrievalRelevancy,
  rubrics,
  tone,
} from '../rubrics/index.ts'
import type { Subject } from '../subject.ts'
import { subjectWith } from '../testing/subject.ts'
import { createOfflineJudge } from './offline-judge.ts'

let embedder: Embedder

beforeAll(async () => {
  embedder = await loadEmbedder()
})

afterAll(() => embedder.close())

function judge(rubric: Rubric, difference: Partial<Subject> = {}): Promise<Judgement> {
  return createOfflineJudge(embedder).judge(rubric, subjectWith(difference))
}

async function score(rubric: Rubric, difference: Partial<Subject> = {}): Promise<number> {
  const judgement = await judge(rubric, difference)
  if (judgement.kind !== 'scored') throw new Error(`not scored: ${JSON.stringify(judgement)}`)
  return judgement.score
}

const onTopic = 'You pass a period of one day to the schedule parameter, and the function runs daily.'
const offTopic = 'Elephants are the largest land animals, and their trunks hold forty thousand muscles.'

describe('faithfulness', () => {
  test('falls from the documents’ words over added claims to invention', async () => {
    const quoted = await score(faithfulness)
    const embroidered = await score(faithfulness, {
      answer:
        'To run a function every day, pass a Period of one day to the schedule parameter. Pizza toppings and 37 free holidays in Hawaii are included.',
    })
    const invented = await score(faithfulness, {
      answer: 'Buy the platinum subscription for 99 dollars, then telephone the night watchman in Denver.',
    })
    expect(quoted).toBeGreaterThanOrEqual(4.5)
    expect(embroidered).toBeLessThan(quoted - 1)
    expect(invented).toBeLessThan(embroidered)
    expect(invented).toBeLessThanOrEqual(1.5)
  })

  test('falls for a number that the documents do not hold, and the rationale names it', async () => {
    const right = 'Pass a Period of one day to the schedule parameter, such as 9 in the morning.'
    const wrong = right.replace('9', '17')
    expect(await score(faithfulness, { answer: wrong })).toBeLessThan(
      await score(faithfulness, { answer: right }),
    )
    expect(await judge(faithfulness, { answer: wrong })).toMatchObject({
      rationale: expect.stringContaining('the number 17'),
    })
  })

  test('is full for an honest refusal', async () => {
    expect(await score(faithfulness, { answer: 'Sorry, I don’t know that.' })).toBe(5)
  })

  test('is not judged without documents, or for an answer that claims nothing', async () => {
    expect(await judge(faithfulness, { documents: [] })).toMatchObject({ kind: 'not_judged' })
    expect(await judge(faithfulness, { answer: 'You are very welcome!' })).toMatchObject({
      kind: 'not_judged',
    })
  })
})

describe('answer relevancy', () => {
  test('is higher on the topic than off it', async () => {
    expect(await score(answerRelevancy, { answer: onTopic })).toBeGreaterThan(
      (await score(answerRelevancy, { answer: offTopic })) + 1,
    )
  })

  test('is confident only of low scores', async () => {
    expect(await judge(answerRelevancy, { answer: onTopic })).toMatchObject({ confidence: 'low' })
    expect(await judge(answerRelevancy, { answer: offTopic })).toMatchObject({ confidence: 'medium' })
  })

  test('is not judged for a refusal or a few words', async () => {
    expect(await judge(answerRelevancy, { answer: 'I don’t know that.' })).toMatchObject({
      kind: 'not_judged',
    })
    expect(await judge(answerRelevancy, { answer: 'Yes, of course.' })).toMatchObject({ kind: 'not_judged' })
  })

  test('is 1 for silence, unless the user interrupted', async () => {
    expect(await judge(answerRelevancy, { answer: '' })).toMatchObject({ score: 1, confidence: 'high' })
    expect(await judge(answerRelevancy, { answer: '', interrupted: true })).toMatchObject({
      kind: 'not_judged',
    })
  })
})

describe('retrieval relevancy', () => {
  const elephants = [{ title: 'Elephants', text: `${offTopic} They live in herds.` }]

  test('is higher for documents on the question than for others', async () => {
    expect(await score(retrievalRelevancy)).toBeGreaterThan(
      (await score(retrievalRelevancy, { documents: elephants })) + 2,
    )
  })

  test('names the sentence nearest to the question', async () => {
    expect(await judge(retrievalRelevancy)).toMatchObject({
      rationale: expect.stringContaining('To run a function every day'),
      confidence: 'low',
    })
  })

  test('reads a short follow-up together with what the user said before', async () => {
    const history = [{ speaker: 'user' as const, text: 'How do I schedule a function to run every day?' }]
    const alone = await score(retrievalRelevancy, { question: 'At which minute?' })
    expect(await score(retrievalRelevancy, { question: 'At which minute?', history })).toBeGreaterThan(alone)
  })

  test('is not judged for words that ask for nothing', async () => {
    expect(await judge(retrievalRelevancy, { question: 'Hello, thank you.' })).toMatchObject({
      kind: 'not_judged',
    })
  })
})

describe('tone', () => {
  test('gives what has no fault four at most, and says that warmth is not measured', async () => {
    expect(await judge(tone)).toMatchObject({
      score: 4,
      confidence: 'low',
      rationale: expect.stringContaining('warmth'),
    })
  })

  test.each([
    ['rude words', 'Are you stupid? Read the manual, idiot.', 1.5],
    ['Markdown', 'Use **Period** with `schedule`.', 3],
    ['a web address', 'Look at https://example.com/docs/schedule for that.', 3],
    ['shouting', 'STOP ASKING ME that!!', 3.5],
    ['a sentence too long to say', `It is ${'very '.repeat(40)}long.`, 3.5],
  ])('takes off for %s', async (_, answer, expected) => {
    expect(await score(tone, { answer })).toBe(expected)
  })
})

describe('coherence', () => {
  test('is capped for an answer that repeats itself or stops in mid-sentence', async () => {
    const repeating =
      'You pass a period of one day. You pass a period of one day. You pass a period of one day.'
    expect(await score(coherence, { answer: repeating })).toBeLessThanOrEqual(2)
    expect(await judge(coherence, { answer: repeating })).toMatchObject({
      confidence: 'medium',
      rationale: expect.stringContaining('repeats itself'),
    })
    const cut = { answer: 'You pass a period of one day to the schedule parameter of the' }
    expect(await score(coherence, cut)).toBeLessThanOrEqual(2.9)
    expect(await score(coherence, { ...cut, interrupted: true })).toBeGreaterThan(2.9)
  })

  test('is higher for an answer that fits the turns before', async () => {
    expect(await score(coherence, { answer: onTopic })).toBeGreaterThan(
      await score(coherence, { answer: offTopic }),
    )
  })
})

test('another language is not judged by measures of English', async () => {
  const german = subjectWith({
    question: 'Wie lasse ich eine Funktion jeden Tag laufen?',
    answer:
      'Übergeben Sie dem Parameter schedule eine Zeitspanne von einem Tag, dann läuft die Funktion täglich.',
  })
  for (const rubric of [answerRelevancy, faithfulness, coherence]) {
    expect(await createOfflineJudge(embedder).judge(rubric, german)).toEqual({
      kind: 'not_judged',
      reason: 'The offline judge reads English only.',
      metadata: {},
    })
  }
})

test('whatever was said, a score is 1 to 5 to one decimal with a reason, and the same twice', async () => {
  const words = fc.array(
    fc.constantFrom('the', 'function', 'runs', 'daily', '12', ',', 'I don’t know.', '**', '\n', '🙂', '、'),
    {
      maxLength: 12,
    },
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    words.map((all) => all.join(' ')),
  )
  const anySubject: fc.Arbitrary<Subject> = fc.record({
    question: text,
    answer: text,
    interrupted: fc.boolean(),
    history: fc.array(fc.record({ speaker: fc.constantFrom('user' as const, 'agent' as const), text }), {
      maxLength: 2,
    }),
    documents: fc.array(fc.record({ title: fc.option(text), text }), { maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(anySubject, async (subject) => {
      const one = createOfflineJudge(embedder)
      for (const rubric of rubrics) {
        const judgement = await one.judge(rubric, subject)
        expect(await one.judge(rubric, subject)).toEqual(judgement)
        if (judgement.kind === 'not_judged') expect(judgement.reason).not.toBe('')
        if (judgement.kind !== 'scored') continue
        expect(judgement.score).toBeGreaterThanOrEqual(1)
        expect(judgement.score).toBeLessThanOrEqual(5)
        expect(Math.round(judgement.score * 10) / 10).toBe(judgement.score)
        expect(judgement.rationale).toContain('Confidence:')
      }
    }),
    { numRuns: 40 },
  )
})
