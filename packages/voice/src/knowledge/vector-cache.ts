import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@voxtrace/model'

/*
 * A cache file, little-endian: the magic (8 bytes), dimensions and count (uint32 each), the keys (32 bytes each),
 * the vectors (float32), and the SHA-256 of all that.
 */
const magic = Buffer.from('VOXVEC1\n')
const headBytes = magic.length + 8
const keyBytes = 32
const hashBytes = 32
const extension = '.vectors'
const unusedMs = 60 * 24 * 60 * 60 * 1000

/** The key under which a text's vector is kept: the SHA-256 of the text, hexadecimal. */
export function vectorKey(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Vectors on disk, so that a text is embedded once. One file for every source and model. */
export class VectorCache {
  readonly #path: string
  readonly #dimensions: number
  readonly #vectors: Map<string, Float32Array>

  private constructor(path: string, dimensions: number, vectors: Map<string, Float32Array>) {
    this.#path = path
    this.#dimensions = dimensions
    this.#vectors = vectors
  }

  /**
   * Opens the cache of `name` (source and model) in a folder, which is created. A file that is damaged or of another
   * form counts as empty, with a warning; files that nobody used for 60 days are removed.
   */
  static async open(directory: string, name: string, dimensions: number, log: Log): Promise<VectorCache> {
    await mkdir(directory, { recursive: true })
    await removeUnused(directory, log)
    const path = join(directory, createHash('sha256').update(name).digest('hex').slice(0, 24) + extension)
    const bytes = await readIfThere(path)
    const vectors = bytes ? decode(bytes, dimensions) : new Map<string, Float32Array>()
    if (bytes) await utimes(path, new Date(), new Date())
    if (!vectors) log.warn('the cached embeddings are damaged and are computed anew', { path })
    return new VectorCache(path, dimensions, vectors ?? new Map())
  }

  get size(): number {
    return this.#vectors.size
  }

  get(key: string): Float32Array | undefined {
    return this.#vectors.get(key)
  }

  set(key: string, vector: Float32Array): void {
    this.#vectors.set(key, vector)
  }

  /** Forgets all but these keys. Returns how many were forgotten. */
  keep(keys: ReadonlySet<string>): number {
    const before = this.#vectors.size
    for (const key of this.#vectors.keys()) if (!keys.has(key)) this.#vectors.delete(key)
    return before - this.#vectors.size
  }

  /** Writes the file whole and puts it in place at once, so that a reader sees the old or the new. */
  async save(): Promise<void> {
    const unfinished = `${this.#path}.${randomUUID()}.tmp`
    try {
      await writeFile(unfinished, encode(this.#vectors, this.#dimensions))
      await rename(unfinished, this.#path)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }
}

function encode(vectors: ReadonlyMap<string, Float32Array>, dimensions: number): Buffer {
  const head = Buffer.alloc(headBytes)
  magic.copy(head)
  head.writeUInt32LE(dimensions, magic.length)
  head.writeUInt32LE(vectors.size, magic.length + 4)
  const keys = Array.from(vectors.keys(), (key) => Buffer.from(key, 'hex'))
  const values = Array.from(vectors.values(), (vector) => {
    const bytes = Buffer.alloc(vector.length * 4)
    vector.forEach((value, i) => void bytes.writeFloatLE(value, i * 4))
    return bytes
  })
  const content = Buffer.concat([head, ...keys, ...values])
  return Buffer.concat([content, createHash('sha256').update(content).digest()])
}

/** The vectors of a cache file, or null when it is not whole or of other dimensions. */
function decode(bytes: Buffer, dimensions: number): Map<string, Float32Array> | null {
  if (bytes.length < headBytes + hashBytes || !bytes.subarray(0, magic.length).equals(magic)) return null
  const count = bytes.readUInt32LE(magic.length + 4)
  const length = headBytes + count * (keyBytes + dimensions * 4)
  if (bytes.readUInt32LE(magic.length) !== dimensions || bytes.length !== length + hashBytes) return null
  const content = bytes.subarray(0, length)
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(length))) return null
  const vectors = new Map<string, Float32Array>()
  for (let i = 0; i < count; i++) {
    const key = content.subarray(headBytes + i * keyBytes, headBytes + (i + 1) * keyBytes).toString('hex')
    const from = headBytes + count * keyBytes + i * dimensions * 4
    vectors.set(
      key,
      Float32Array.from({ length: dimensions }, (_, j) => content.readFloatLE(from + j * 4)),
    )
  }
  return vectors
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

async function removeUnused(directory: string, log: Log): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(extension) && !name.endsWith(`${extension}.tmp`) && !/\.vectors\..+\.tmp$/.test(name))
      continue
    const path = join(directory, name)
    const found = await stat(path).catch(() => null)
    if (!found || Date.now() - found.mtimeMs < unusedMs) continue
    await rm(path, { force: true })
    log.debug('removed cached embeddings that nobody used', { path })
  }
}
