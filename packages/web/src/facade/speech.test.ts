import { expect, test } from 'vitest'
import { sentencesOf, timedSentences } from './sentences.ts'
import { overlapsOf, type Speech, silencesOf } from './speech.ts'

const speech = (voice: Speech['voice'], fromMs: number, toMs: number): Speech => ({
  voice,
  fromMs,
  toMs,
  spanId: `${voice}${fromMs}`,
})

test('voices that sound together overlap, a touch at the edge does not', () => {
  const stretches = [
    speech('user', 0, 1000),
    speech('agent', 1500, 5000),
    speech('user', 4600, 6000),
    speech('agent', 5980, 8000),
  ]
  expect(overlapsOf(stretches)).toEqual([{ fromMs: 4600, toMs: 5000 }])
})

test('silence is where nobody speaks for long enough, before, between and after', () => {
  const stretches = [
    { fromMs: 4000, toMs: 5000 },
    { fromMs: 2000, toMs: 4500 },
    { fromMs: 5300, toMs: 6000 },
  ]
  expect(silencesOf(stretches, 9000, 1000)).toEqual([
    { fromMs: 0, toMs: 2000 },
    { fromMs: 6000, toMs: 9000 },
  ])
  expect(silencesOf([], 500, 1000)).toEqual([])
})

test('sentences keep their marks, and a text without any is one', () => {
  expect(sentencesOf('Yes. It costs $1.50 a day! "Really?" Well')).toEqual([
    'Yes.',
    'It costs $1.50 a day!',
    '"Really?"',
    'Well',
  ])
  expect(sentencesOf('no mark')).toEqual(['no mark'])
  expect(sentencesOf('')).toEqual([])
})

test('sentences share the time of their speech by length, across pauses', () => {
  const spoken = [speech('agent', 1000, 2000), speech('agent', 3000, 4000)]
  expect(timedSentences('Ten chars. Ten more c.', spoken)).toMatchObject([
    { text: 'Ten chars.', fromMs: 1000 },
    { text: 'Ten more c.', toMs: 4000 },
  ])
  const [first, second] = timedSentences('aaaa. bbbb.', spoken)
  expect([first?.toMs, second?.fromMs]).toEqual([2000, 3000])
})

test('sentences of a voice that is not known to have spoken have no time', () => {
  expect(timedSentences('Hello.', [])).toEqual([{ text: 'Hello.', fromMs: null, toMs: null }])
})
