import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultVocabulary } from './default-vocabulary.ts'
import { createVocabulary, joinVocabularies, parseVocabulary } from './vocabulary.ts'

describe('a vocabulary', () => {
  const { correctTranscript } = createVocabulary({
    Voxtrace: ['box trace', 'box-tross'],
    'Box Office': ['box trace office'],
    MLflow: ['m l flow'],
  })

  test.each([
    ['What is box-tross?', 'What is Voxtrace?'],
    ['BOX TRACE, please', 'Voxtrace, please'],
    ["box trace's docs and voxtrace", "Voxtrace's docs and Voxtrace"],
    ['the box trace office is open', 'the Box Office is open'],
    ['use M.L. flow', 'use MLflow'],
  ])('puts names right: %s', (raw, text) => {
    expect(correctTranscript(raw)).toEqual({ text, changed: true })
  })

  test.each(['inbox trace', 'box traces', 'a box. Trace it', 'box, trace', 'Voxtrace', '', '  '])(
    'leaves alone: “%s”',
    (raw) => {
      expect(correctTranscript(raw)).toEqual({ text: raw, changed: false })
    },
  )

  test('changes nothing more the second time', () => {
    const spoken = fc.array(
      fc.constantFrom('box', 'trace', 'tross', '-', ' ', '. ', 'office', 'm', 'l', 'flow', '🙂'),
    )
    fc.assert(
      fc.property(spoken, (parts) => {
        const once = correctTranscript(parts.join(''))
        expect(correctTranscript(once.text)).toEqual({ text: once.text, changed: false })
      }),
    )
  })

  test.each([
    [{ '': ['x'] }, 'a name is empty'],
    [{ Voxtrace: ['…'] }, '“…” for “Voxtrace” holds no letter or digit'],
    [{ A: ['x y'], B: ['X-Y'] }, '“X-Y” stands for both “A” and “B”'],
  ])('that makes no sense is refused in words', (entries, message) => {
    expect(() => createVocabulary(entries)).toThrow(message)
  })
})

describe('vocabulary entries', () => {
  test('are read from JSON', () => {
    expect(parseVocabulary('{"Voxtrace": ["box trace"]}', 'v.json')).toEqual({ Voxtrace: ['box trace'] })
  })

  test.each([
    ['{', 'The vocabulary v.json is no valid JSON'],
    ['["x"]', 'The vocabulary v.json is not as expected: '],
    ['{"Voxtrace": "box trace"}', 'The vocabulary v.json is not as expected at Voxtrace: '],
  ])('%s is refused in words', (json, message) => {
    expect(() => parseVocabulary(json, 'v.json')).toThrow(message)
  })

  test('are joined', () => {
    expect(joinVocabularies({ A: ['x', 'y'] }, { A: ['y', 'z'], B: [] })).toEqual({
      A: ['x', 'y', 'z'],
      B: [],
    })
  })

  test('of Voxtrace know its own words', () => {
    const { correctTranscript } = createVocabulary(defaultVocabulary)
    expect(correctTranscript('what is box-tross and does it do open telemetry').text).toBe(
      'what is Voxtrace and does it do OpenTelemetry',
    )
  })

  test.each([
    "What is Mark's trace?",
    'What is mark stress?',
    'How does mock stress work?',
    'What is mortgage trace?',
    "What is monk's trace?",
    'Tell me about Marcus Trays.',
    'How do I send traces to vaxtras?',
    'What is Vox-Drust for?',
  ])('of Voxtrace know how it is heard: “%s”', (heard) => {
    expect(createVocabulary(defaultVocabulary).correctTranscript(heard).text).toContain('Voxtrace')
  })

  test.each(['Marcus tries it', 'Mark the trace', "What is Mark's race?", 'Tell me about Marcus Tracy.'])(
    'of Voxtrace leave ordinary English alone: “%s”',
    (heard) => {
      expect(createVocabulary(defaultVocabulary).correctTranscript(heard).changed).toBe(false)
    },
  )
})
