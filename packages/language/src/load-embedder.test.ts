import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder } from './embedder.ts'
import { loadEmbedder } from './load-embedder.ts'
import { dot } from './vector.ts'

describe('the embedder', () => {
  let embedder: Embedder

  beforeAll(async () => {
    embedder = await loadEmbedder()
  })
  afterAll(() => embedder.close())

  async function similarity(a: string, b: string): Promise<number> {
    const [left, right] = await embedder.embed([a, b])
    if (!left || !right) throw new Error('no vectors')
    return dot(left, right)
  }

  test('gives vectors of unit length, in the order of the texts', async () => {
    const texts = ['A short one.', `A long one. ${'It goes on. '.repeat(60)}`, 'Another.', '日本語', '🙂']
    const together = await embedder.embed(texts)
    expect(together).toHaveLength(texts.length)
    for (const [i, vector] of together.entries()) {
      expect(vector).toHaveLength(embedder.dimensions)
      expect(dot(vector, vector)).toBeCloseTo(1, 4)
      const [alone] = await embedder.embed([texts[i] ?? ''])
      expect(alone && dot(alone, vector)).toBeCloseTo(1, 3)
    }
  })

  test('puts like meanings near to one another', async () => {
    const near = await similarity('How do I deploy an application?', 'Publishing apps to production')
    const far = await similarity('How do I deploy an application?', 'The cat sleeps on the sofa')
    expect(near).toBeGreaterThan(far + 0.1)
  })

  test('gives the zero vector for nothing, and nothing for no texts', async () => {
    const [empty, blank, some] = await embedder.embed(['', ' \n\t', 'word'])
    expect(empty?.every((value) => value === 0)).toBe(true)
    expect(blank?.every((value) => value === 0)).toBe(true)
    expect(some?.some((value) => value !== 0)).toBe(true)
    expect(await embedder.embed([])).toEqual([])
  })

  test('counts the first 2,000 characters', async () => {
    const head = 'word '.repeat(400)
    const [a, b] = await embedder.embed([head, head + 'entirely different '.repeat(2000)])
    expect(a && b && dot(a, b)).toBeCloseTo(1, 4)
  })

  test('answers a question while a large request is under way', async () => {
    const answered: string[] = []
    const large = embedder
      .embed(Array.from({ length: 40 }, (_, i) => `Sentence number ${i} of many.`))
      .then(() => answered.push('large'))
    const question = embedder.embed(['A question']).then(() => answered.push('question'))
    await Promise.all([large, question])
    expect(answered).toEqual(['question', 'large'])
  })

  test('gives up a request that is aborted, and serves the next', async () => {
    const aborter = new AbortController()
    const texts = Array.from({ length: 200 }, (_, i) => `Passage ${i} of very many.`)
    const work = embedder.embed(texts, { priority: 'background', signal: aborter.signal })
    const failed = expect(work).rejects.toThrow('Enough.')
    aborter.abort(new Error('Enough.'))
    await failed
    expect(await embedder.embed(['One more.'], { priority: 'background' })).toHaveLength(1)
    await expect(embedder.embed(['Late.'], { signal: aborter.signal })).rejects.toThrow('Enough.')
  })

  test('goes on in the background when the questions that came between are answered', async () => {
    const passages = Array.from({ length: 20 }, (_, i) => `Passage ${i}.`)
    const work = embedder.embed(passages, { priority: 'background' })
    for (let i = 0; i < 3; i++) expect(await embedder.embed([`Question ${i}?`])).toHaveLength(1)
    expect(await work).toHaveLength(20)
  })

  test('works in the background, and leaves the event loop free meanwhile', async () => {
    let turns = 0
    // Turning for ever would keep the processor from the embedder, which has the lowest priority.
    const enough = 1000
    let done = false
    const work = embedder
      .embed(
        Array.from({ length: 30 }, (_, i) => `Passage ${i}.`),
        { priority: 'background' },
      )
      .finally(() => {
        done = true
      })
    while (!done && turns < enough) {
      turns += 1
      await setImmediate()
    }
    expect(await work).toHaveLength(30)
    expect(turns).toBeGreaterThan(100)
  })
})

describe('a closed embedder', () => {
  test('fails what is under way and what comes later, and closes twice', async () => {
    const embedder = await loadEmbedder()
    const late = embedder.embed(Array.from({ length: 50 }, (_, i) => `Text ${i}`))
    const failed = expect(late).rejects.toThrow('The embedder was closed.')
    await embedder.close()
    await embedder.close()
    await failed
    await expect(embedder.embed(['more'])).rejects.toThrow('The embedder is closed.')
  })
})
