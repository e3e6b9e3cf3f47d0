import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Embedder, loadEmbedder } from '@voxtrace/language'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openKnowledge } from './open-knowledge.ts'

const animals = `# Animals
## Cats
A cat is a small animal that sleeps most of the day.
## Horses
Horses carry riders, and pull carts over long distances.
## Feeding
Give the tortoise lettuce every second day.`

describe('knowledge', () => {
  let embedder: Embedder
  let counting: Embedder
  let embedded: string[]
  let folder: string
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const log = { debug() {}, info: say, warn: say, error: say }

  beforeAll(async () => {
    embedder = await loadEmbedder()
  })
  afterAll(() => embedder.close())

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voxtrace-knowledge-'))
    await mkdir(join(folder, 'docs'))
    await writeFile(join(folder, 'docs/animals.md'), animals)
    embedded = []
    said.length = 0
    counting = {
      ...embedder,
      model: embedder.model,
      dimensions: embedder.dimensions,
      close: () => embedder.close(),
      embed: (texts, options) => {
        if (options?.priority === 'background') embedded.push(...texts)
        return embedder.embed(texts, options)
      },
    }
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = (using: Embedder = counting) =>
    openKnowledge({
      source: join(folder, 'docs'),
      cacheDirectory: join(folder, 'cache'),
      embedder: using,
      log,
    })

  test('finds passages by their meaning, best first, with their similarity', async () => {
    const knowledge = await open()
    await knowledge.ready
    expect(knowledge.size).toBe(3)
    expect(knowledge.embedded).toBe(3)
    const found = await knowledge.search('which pet naps a lot?', 2)
    expect(found).toHaveLength(2)
    expect(found[0]).toMatchObject({ title: 'Animals > Cats', source: 'animals.md' })
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? 1)
    expect(found[0]?.score).toBeLessThanOrEqual(1)
    await knowledge.close()
  })

  test('finds passages by their words while they are not embedded', async () => {
    const waiting = Promise.withResolvers<never>()
    const knowledge = await open({
      ...counting,
      embed: (texts, options) =>
        options?.priority === 'background' ? waiting.promise : embedder.embed(texts),
    })
    const [first] = await knowledge.search('what does a tortoise eat', 1)
    expect(first).toMatchObject({ title: 'Animals > Feeding', score: null })
    expect(knowledge.embedded).toBe(0)
    waiting.reject(new Error('The model is broken.'))
    await expect(knowledge.ready).rejects.toThrow('The model is broken.')
    expect(said.at(-1)).toContain('not all of the knowledge is embedded')
    expect(await knowledge.search('what does a tortoise eat', 1)).toHaveLength(1)
    await knowledge.close()
  })

  test('embeds once, and then only what changed', async () => {
    const first = await open()
    await first.ready
    expect(embedded).toHaveLength(3)
    const second = await open()
    await second.ready
    expect(embedded).toHaveLength(3)
    await writeFile(join(folder, 'docs/animals.md'), animals.replace('lettuce', 'cucumber'))
    const third = await open()
    await third.ready
    expect(embedded).toHaveLength(4)
    expect(embedded[3]).toContain('cucumber')
    expect((await third.search('cats', 1))[0]?.title).toBe('Animals > Cats')
    await Promise.all([first.close(), second.close(), third.close()])
  })

  test('keeps what it embedded when it is closed in the middle', async () => {
    await writeFile(
      join(folder, 'docs/many.md'),
      Array.from({ length: 60 }, (_, i) => `# Part ${i}\nThe words of part ${i}.`).join('\n'),
    )
    let batches = 0
    const knowledge = await open({
      ...counting,
      embed: (texts, options) =>
        options?.priority === 'background' && ++batches > 1
          ? untilAborted(options.signal)
          : counting.embed(texts, options),
    })
    await expect.poll(() => knowledge.embedded).toBeGreaterThan(0)
    await knowledge.close()
    await expect(knowledge.ready).rejects.toThrow('The knowledge was closed.')
    const before = embedded.length
    expect(before).toBeLessThan(63)
    const again = await open()
    await again.ready
    expect(embedded.length - before).toBeLessThan(63)
    expect(again.embedded).toBe(63)
    await again.close()
  })

  test('is closed at once while it is being embedded, which is no error', async () => {
    const knowledge = await open({
      ...counting,
      embed: (_texts, options) => untilAborted(options?.signal),
    })
    await knowledge.close()
    expect(said.filter((message) => message.includes('not all of the knowledge'))).toEqual([])
  })

  test('finds a question by another question, embedded or not', async () => {
    await writeFile(
      join(folder, 'docs/faq.md'),
      '# Questions\n## How do I groom a tortoise?\nBrush its shell.\n## What do horses eat?\nHay.',
    )
    const unembedded = await open({
      ...counting,
      embed: (texts, options) =>
        options?.priority === 'background' ? new Promise(() => {}) : embedder.embed(texts),
    })
    const embeddedToo = await open()
    await embeddedToo.ready
    expect(embedded).toContain('How do I groom a tortoise?')
    for (const knowledge of [unembedded, embeddedToo]) {
      const [first] = await knowledge.search('how do i groom my tortoise', 1)
      expect(first?.text).toBe('Brush its shell.')
    }
    await embeddedToo.close()
  })

  test('embeds a query once when it is asked again', async () => {
    const queries: string[] = []
    const knowledge = await open({
      ...counting,
      embed: (texts, options) => {
        if (options?.priority !== 'background') queries.push(...texts)
        return embedder.embed(texts, options)
      },
    })
    const [first, again] = await Promise.all([knowledge.search('cats', 1), knowledge.search('cats', 1)])
    expect(again).toEqual(first)
    expect(queries).toEqual(['cats'])
    await knowledge.close()
  })

  test('finds what explains a thing before what only speaks of it', async () => {
    await writeFile(
      join(folder, 'docs/terms.md'),
      '# Terms\n- **span**: one timed operation.\n- **run**: one logged execution.\n# Other\nA span and another span and a third span are listed by span.',
    )
    const knowledge = await open()
    await knowledge.ready
    expect((await knowledge.search('what is a span', 1))[0]?.title).toBe('Terms')
    await knowledge.close()
  })

  test('finds a misheard word', async () => {
    const knowledge = await open()
    await knowledge.ready
    expect((await knowledge.search('tell me of the tortose', 1))[0]?.title).toBe('Animals > Feeding')
    await knowledge.close()
  })

  test('gives nothing for an empty query, or for none wanted', async () => {
    const knowledge = await open()
    expect(await knowledge.search('  ', 3)).toEqual([])
    expect(await knowledge.search('cats', 0)).toEqual([])
    await knowledge.close()
  })

  test('without a word in it is refused in words', async () => {
    await writeFile(join(folder, 'docs/animals.md'), '---\n\n```\n```\n')
    await writeFile(join(folder, 'docs/animals.md'), '\n')
    await expect(open()).rejects.toThrow('holds no text to answer from')
  })

  test('fails a query when the embedder fails, and no other', async () => {
    const knowledge = await open({
      ...counting,
      embed: (texts, options) =>
        texts[0] === 'bad' ? Promise.reject(new Error('no vector')) : embedder.embed(texts, options),
    })
    await expect(knowledge.search('bad', 1)).rejects.toThrow('no vector')
    expect(await knowledge.search('cats', 1)).toHaveLength(1)
    await knowledge.close()
  })
})

/** Rejects when the signal says so, and not before. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}
