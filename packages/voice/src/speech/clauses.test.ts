import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitClauses } from './clauses.ts'

async function clausesOf(...pieces: string[]): Promise<string[]> {
  async function* stream() {
    yield* pieces
  }
  const clauses: string[] = []
  for await (const clause of splitClauses(stream())) clauses.push(clause)
  return clauses
}

describe('splitClauses', () => {
  it('ends a clause where a sentence ends', async () => {
    expect(await clausesOf('Yes. It does! ', 'Does it? Surely')).toEqual([
      'Yes.',
      'It does!',
      'Does it?',
      'Surely',
    ])
  })

  it('ends a clause at a comma once it has some words', async () => {
    expect(await clausesOf('Well, it depends on you, as always.')).toEqual([
      'Well, it depends on you,',
      'as always.',
    ])
  })

  it('ends a long first clause where a phrase does, so that the listener need not wait for all of it', async () => {
    expect(
      await clausesOf(
        'A trace is the record of one conversation with everything that was said in it and how long each part took.',
      ),
    ).toEqual([
      'A trace is the record of one conversation',
      'with everything that was said in it and how long each part took.',
    ])
  })

  it('does not take numbers, abbreviations and initials for ends', async () => {
    expect(await clausesOf('It costs 3.50 says Dr. Bell and J. Roe.')).toEqual([
      'It costs 3.50 says Dr. Bell and J. Roe.',
    ])
  })

  it('gives a clause as soon as it is known to have ended', async () => {
    const given: string[] = []
    async function* stream() {
      yield 'One sentence.'
      expect(given).toEqual([])
      yield ' And'
      expect(given).toEqual(['One sentence.'])
      yield ' more.'
    }
    for await (const clause of splitClauses(stream())) given.push(clause)
    expect(given).toEqual(['One sentence.', 'And more.'])
  })

  it('does not wait for ever for a text without marks', async () => {
    const clauses = await clausesOf('word '.repeat(200))
    expect(clauses.length).toBeGreaterThan(5)
    expect(Math.max(...clauses.map(({ length }) => length))).toBeLessThanOrEqual(160)
  })

  it('says every word once and in order, however the text comes', async () => {
    const text = fc.array(
      fc.constantFrom('a', 'word', 'end.', 'so,', 'Dr.', '3.5', '"quoted."', '!', '\n', '  '),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (words, size) => {
        const whole = words.join(' ')
        const pieces = whole.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
        const said = (await clausesOf(...pieces)).join(' ')
        expect(said.split(/\s+/).filter(Boolean)).toEqual(whole.split(/\s+/).filter(Boolean))
      }),
    )
  })
})
