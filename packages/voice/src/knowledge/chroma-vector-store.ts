import { createHash } from 'node:crypto'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { ChromaClient, type Collection, IncludeEnum } from 'chromadb'
import type { EmbeddedPassage, VectorMatch, VectorStore } from './vector-store.ts'

export interface ChromaOptions {
  /** Such as `http://localhost:8000`. */
  url: string
  /** What the collection is of: source and embedding model. Its hash names the collection. */
  identity: string
  /** The passages of the knowledge as it is now; all others in the collection are deleted. */
  ids: ReadonlySet<string>
  log: Log
}

const pageSize = 1000
const timeoutMs = 5_000

/** Keeps vectors in a collection of a ChromaDB server, with passages as documents, and lets it compare them. */
export class ChromaVectorStore implements VectorStore {
  readonly #url: string
  readonly #collection: Collection
  readonly #known: Set<string>

  private constructor(url: string, collection: Collection, known: Set<string>) {
    this.#url = url
    this.#collection = collection
    this.#known = known
  }

  /** Errors: the URL is malformed, or no ChromaDB server answers at it. */
  static async open({ url, identity, ids, log }: ChromaOptions): Promise<ChromaVectorStore> {
    const client = new ChromaClient(addressOf(url))
    const name = `voxtrace-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`
    const collection = await answered(
      url,
      client.getOrCreateCollection({
        name,
        embeddingFunction: null,
        configuration: { hnsw: { space: 'cosine' } },
        metadata: { knowledge: identity },
      }),
    )
    const present = await idsOf(url, collection)
    const stale = [...present].filter((id) => !ids.has(id))
    for (let i = 0; i < stale.length; i += pageSize) {
      await answered(url, collection.delete({ ids: stale.slice(i, i + pageSize) }))
    }
    log.debug('ChromaDB collection opened', { url, name, passages: present.size, deleted: stale.length })
    return new ChromaVectorStore(url, collection, new Set([...present].filter((id) => ids.has(id))))
  }

  async known(): Promise<Set<string>> {
    return new Set(this.#known)
  }

  async add(passages: readonly EmbeddedPassage[]): Promise<void> {
    for (let i = 0; i < passages.length; i += pageSize) {
      const page = passages.slice(i, i + pageSize)
      await answered(
        this.#url,
        this.#collection.upsert({
          ids: page.map(({ passage }) => passage.id),
          embeddings: page.map(({ vector }) => Array.from(vector)),
          documents: page.map(({ passage }) => passage.text),
          metadatas: page.map(({ passage }) => ({ title: passage.title, source: passage.source })),
        }),
      )
      for (const { passage } of page) this.#known.add(passage.id)
    }
  }

  async search(query: Float32Array, count: number, also: readonly string[]): Promise<VectorMatch[]> {
    const others = also.filter((id) => this.#known.has(id))
    const [closest, named] = await Promise.all([
      this.#query(query, count),
      this.#query(query, others.length, others),
    ])
    const matches = new Map([...closest, ...named].map((match) => [match.id, match]))
    return [...matches.values()].sort((a, b) => b.score - a.score)
  }

  async #query(query: Float32Array, count: number, ids?: string[]): Promise<VectorMatch[]> {
    if (count === 0 || this.#known.size === 0) return []
    const result = await answered(
      this.#url,
      this.#collection.query({
        queryEmbeddings: [Array.from(query)],
        nResults: Math.min(count, this.#known.size),
        include: [IncludeEnum.distances],
        ...(ids ? { ids } : {}),
      }),
    )
    return (result.ids[0] ?? []).map((id, i) => ({ id, score: 1 - (result.distances?.[0]?.[i] ?? 1) }))
  }
}

async function idsOf(url: string, collection: Collection): Promise<Set<string>> {
  const ids = new Set<string>()
  for (let offset = 0; ; offset += pageSize) {
    const page = await answered(url, collection.get({ limit: pageSize, offset, include: [] }))
    for (const id of page.ids) ids.add(id)
    if (page.ids.length < pageSize) return ids
  }
}

function addressOf(url: string): { host: string; port: number; ssl: boolean } {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The ChromaDB URL ${url} is not valid. Give one such as http://localhost:8000.`,
    )
  }
  const ssl = parsed.protocol === 'https:'
  return { host: parsed.hostname, port: Number(parsed.port) || (ssl ? 443 : 80), ssl }
}

async function answered<T>(url: string, request: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([request, timeout])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new VoxtraceError(
      'TEMPORARILY_UNAVAILABLE',
      `The ChromaDB server at ${url} failed: ${reason} Check that it runs (\`chroma run\`) and that the URL is right.`,
      { cause: error },
    )
  } finally {
    clearTimeout(timer)
  }
}
