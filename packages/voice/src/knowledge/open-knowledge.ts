import { resolve } from 'node:path'
import type { Embedder } from '@voxtrace/language'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { ChromaVectorStore } from './chroma-vector-store.ts'
import { chunk } from './chunk.ts'
import { embedPassages } from './embed-passages.ts'
import { ExactVectorStore } from './exact-vector-store.ts'
import type { Knowledge } from './knowledge.ts'
import { readSource } from './read-source.ts'
import { SearchableKnowledge } from './searchable-knowledge.ts'
import { subjectOf } from './subject.ts'
import { VectorCache } from './vector-cache.ts'

export interface OpenKnowledgeOptions {
  /** A folder, a file or an http(s) URL of Markdown, text or HTML. */
  source: string
  /** What the documents are about; taken from the source's name or the first heading when it is not given. */
  subject?: string | undefined
  /** Where embeddings are kept between starts. Created when missing. */
  cacheDirectory: string
  embedder: Embedder
  /** A ChromaDB server that keeps and compares the vectors instead of this process. */
  chromaUrl?: string | undefined
  log: Log
}

/**
 * Reads documents, cuts them into passages and makes them searchable. Resolves as soon as passages can be found by
 * their words; embeddings that are not cached are computed in the background (`ready`, `embedded`).
 *
 * Errors: nothing readable at the source, the cache folder not writable, or the ChromaDB server not answering.
 */
export async function openKnowledge(options: OpenKnowledgeOptions): Promise<Knowledge> {
  const { source, embedder, log } = options
  const started = performance.now()
  const documents = await readSource(source, log)
  const passages = chunk(documents)
  if (passages.length === 0) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The knowledge source ${source} holds no text to answer from.`,
    )
  }
  const name = /^https?:/i.test(source) ? source : resolve(source)
  const identity = `${name}\n${embedder.model}`
  const cache = await VectorCache.open(options.cacheDirectory, identity, embedder.dimensions, log)
  const store = options.chromaUrl
    ? await ChromaVectorStore.open({
        url: options.chromaUrl,
        identity,
        ids: new Set(passages.map(({ id }) => id)),
        log,
      })
    : new ExactVectorStore(embedder.dimensions)
  const subject = options.subject ?? subjectOf(name, documents)
  const knowledge = new SearchableKnowledge(passages, { store, embedder, subject }, (signal, onProgress) =>
    embedPassages(passages, { embedder, cache, store, signal, log, onProgress }),
  )
  knowledge.ready.catch((error: unknown) => {
    if (knowledge.closed) return
    log.error('not all of the knowledge is embedded; the rest is found by its words only', {
      reason: error instanceof Error ? error.message : String(error),
      embedded: knowledge.embedded,
      passages: knowledge.size,
    })
  })
  log.debug('knowledge read', {
    documents: documents.length,
    passages: passages.length,
    ms: Math.round(performance.now() - started),
  })
  return knowledge
}
