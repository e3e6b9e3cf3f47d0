import type { Embedder } from '@voxtrace/language'
import type { Log } from '@voxtrace/model'
import type { Passage } from './knowledge.ts'
import { questionHeading } from './question-heading.ts'
import { type VectorCache, vectorKey } from './vector-cache.ts'
import type { EmbeddedPassage, VectorStore } from './vector-store.ts'

const batchSize = 16
const logEveryMs = 5_000
const saveEveryMs = 20_000
const embeddedCharacters = 500

export interface PassageEmbedding {
  embedder: Embedder
  cache: VectorCache
  store: VectorStore
  signal: AbortSignal
  log: Log
  /** Called with the number of passages embedded since the last call. */
  onProgress(count: number): void
}

/**
 * The text that stands for a passage in the vector space: its two innermost headings and its words; of code only
 * its beginning, as it is not language. Under a heading that is a question, it is that question, as questions are
 * nearer to one another than to their answers.
 */
function embeddingText(passage: Passage): string {
  const question = questionHeading(passage)
  if (question) return question.slice(0, embeddedCharacters)
  const { title, text } = passage
  const words = text.replace(/^(```|~~~)[^\n]*\n([\s\S]*?)\n\1$/gm, (_, __, code: string) =>
    code.slice(0, 120),
  )
  const heading = title.split(' > ').slice(-2).join('. ')
  return `${heading}. ${words}`
    .replace(/[`*_|#]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, embeddedCharacters)
}

/**
 * Gives the store the vectors of passages: cached ones at once, the others as they are computed, in the background.
 * What is computed is saved as it goes on, so that an end in the middle costs little.
 *
 * Errors: the embedder or the vector store failing; `signal`'s reason when it is aborted.
 */
export async function embedPassages(passages: readonly Passage[], work: PassageEmbedding): Promise<void> {
  const { cache, store, signal, log } = work
  const keys = new Map(passages.map((passage) => [passage.id, vectorKey(embeddingText(passage))]))
  const forgotten = cache.keep(new Set(keys.values()))
  const known = await store.known()
  const cached: EmbeddedPassage[] = []
  const missing = new Map<string, Passage[]>()
  for (const passage of passages) {
    if (known.has(passage.id)) continue
    const key = keys.get(passage.id) ?? ''
    const vector = cache.get(key)
    if (vector) cached.push({ passage, vector })
    else missing.set(key, [...(missing.get(key) ?? []), passage])
  }
  await store.add(cached)
  work.onProgress(known.size + cached.length)
  if (missing.size === 0) {
    if (forgotten > 0) await save(cache, log)
    return
  }

  const waiting = [...missing].sort(([, a], [, b]) => turn(a) - turn(b))
  const total = passages.length - known.size - cached.length
  log.info(`embedding ${total} of ${passages.length} passages; until then they are found by their words`)
  const started = performance.now()
  let logged = started
  let saved = started
  let done = 0
  try {
    for (let next = 0; next < waiting.length; next += batchSize) {
      signal.throwIfAborted()
      const batch = waiting.slice(next, next + batchSize)
      const texts = batch.map(([, [passage]]) => (passage ? embeddingText(passage) : ''))
      const vectors = await work.embedder.embed(texts, { priority: 'background', signal })
      const added = batch.flatMap(([key, alike], i) => {
        const vector = vectors[i]
        if (!vector) return []
        cache.set(key, vector)
        return alike.map((passage) => ({ passage, vector }))
      })
      await store.add(added)
      work.onProgress(added.length)
      done += added.length
      const now = performance.now()
      if (now - logged >= logEveryMs && done < total) {
        logged = now
        const leftMs = ((now - started) / done) * (total - done)
        log.info(`embedded ${done} of ${total} passages, about ${Math.ceil(leftMs / 1000)} s left`)
      }
      if (now - saved >= saveEveryMs) {
        saved = now
        await save(cache, log)
      }
    }
  } finally {
    await save(cache, log)
  }
  log.info(`embedded ${total} passages in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

/** Questions with their answers come first: they are short, and what people ask first. */
function turn([passage]: readonly Passage[]): number {
  return passage && questionHeading(passage) ? 0 : 1
}

/** A cache that cannot be written costs time at the next start and nothing else. */
async function save(cache: VectorCache, log: Log): Promise<void> {
  try {
    await cache.save()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.warn('the embeddings cannot be kept on disk and will be computed again at the next start', { reason })
  }
}
