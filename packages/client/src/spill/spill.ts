import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Operation } from '../operation.ts'
import { type Timer, unref } from '../timer.ts'
import { isMissing, makeDirectory, makeDirectoryNow, OwnedDirectory } from './owner.ts'
import { decodeSegment, encodeRecord } from './segment.ts'

const maxSegmentBytes = 4 * 1024 * 1024
/** How soon directories whose owners may live on other hosts are looked at again. */
const lookAgainMs = 30_000

interface Segment {
  path: string
  bytes: number
  /** How many recorded things of this process went into it. */
  items: number
  /** What is in it, for the one written last, so that it need not be read; null for one that has to be. */
  operations: Operation[] | null
}

export interface SpillOptions {
  directory: string
  maxBytes: number
  events: SpillEvents
}

export interface SpillEvents {
  spilled(operations: readonly Operation[]): void
  /** The bound was reached, and the oldest operations were given up. */
  dropped(operations: readonly Operation[]): void
  damaged(records: number): void
  /** The directory cannot be used now. */
  failed(error: unknown): void
}

export interface ReadSegment {
  operations: Operation[]
  /** Deletes the segment, once its operations are settled. */
  remove: () => Promise<void>
}

/**
 * Operations on disk, in order, in segments that are appended to and read whole. Appending waits for nothing but earlier
 * appending, so that a journal is never behind by more than a write. No call rejects.
 */
export class Spill {
  readonly #directory: OwnedDirectory
  readonly #parent: string
  readonly #maxBytes: number
  readonly #events: SpillEvents
  #segments: Segment[] = []
  /** The segment being written; it is always the last of `#segments`. */
  #file: FileHandle | null = null
  /** Paths that are left for the next process if they are still there: of single operations, and what cannot be read now. */
  readonly #kept = new Set<string>()
  /** In the names of segments, which may stand beside those of an earlier process. */
  readonly #id = randomBytes(4).toString('hex')
  #counter = 0
  /** The time in the newest name, so that names keep their order when the clock steps back. */
  #namedMs = 0
  #reading: Segment | null = null
  #last: Promise<unknown>
  #lookTimer: Timer | null = null
  #onFound = () => {}

  constructor({ directory, maxBytes, events }: SpillOptions) {
    this.#parent = directory
    this.#maxBytes = maxBytes
    this.#events = events
    this.#directory = new OwnedDirectory(directory, (error) => events.failed(error))
    this.#last = this.#start()
  }

  get bytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.bytes, 0)
  }

  /** How many recorded things of this process wait here. */
  get items(): number {
    return this.#segments.reduce((total, segment) => total + segment.items, 0)
  }

  /** Resolves when what earlier processes left has been found; true when there is something to deliver. */
  async ready(): Promise<boolean> {
    await this.#last
    return this.#segments.length > 0
  }

  /** Has `listener` called when something more to deliver has been found, which another host left. */
  whenFound(listener: () => void): void {
    this.#onFound = listener
  }

  /** Appends operations; false when the disk did not take them, in which case none of them is kept. */
  append(operations: readonly Operation[], items: number): Promise<boolean> {
    return this.#inTurn(false, () => this.#append(operations, items))
  }

  /** Writes operations into a segment of their own at once, for a process that ends. */
  appendNow(operations: readonly Operation[]): boolean {
    try {
      makeDirectoryNow(this.#directory.path)
      const path = join(this.#directory.path, this.#newName())
      writeFileSync(path, Buffer.concat(operations.flatMap(encodeRecord)))
      this.#events.spilled(operations)
      return true
    } catch (error) {
      this.#events.failed(error)
      return false
    }
  }

  /**
   * Keeps an operation in a file of its own, which the next process finds like any segment. Gives what deletes that file;
   * null when the disk did not take it.
   */
  keep(operation: Operation): Promise<(() => Promise<void>) | null> {
    return this.#attempt(null, async () => {
      const path = join(this.#directory.path, this.#newName())
      const file = await this.#create(path)
      this.#kept.add(path)
      const end = async () => {
        await rm(path, { force: true })
        this.#kept.delete(path)
      }
      try {
        await writeAll(file, encodeRecord(operation))
      } catch (error) {
        await end()
        throw error
      } finally {
        await file.close()
      }
      return () => this.#attempt(undefined, end)
    })
  }

  /** The oldest segment; null when there is none. It stays until `remove` is called. */
  async oldest(): Promise<ReadSegment | null> {
    const segment = await this.#inTurn(null, () => this.#takeOldest())
    if (segment === null) return null
    const read = await this.#attempt(null, () => this.#read(segment))
    if (read === null) {
      this.#forget(segment)
      this.#kept.add(segment.path)
      return this.oldest()
    }
    const { operations, damagedRecords } = read
    if (damagedRecords > 0) this.#events.damaged(damagedRecords)
    return { operations, remove: () => this.#attempt(undefined, () => this.#remove(segment)) }
  }

  /** Keeps what the server refuses beside the segments, for a person to look at. */
  setAside(operation: Operation, reason: string): Promise<void> {
    return this.#attempt(undefined, async () => {
      const directory = join(this.#parent, 'set-aside')
      await makeDirectory(directory)
      const file = await open(join(directory, 'refused.jsonl'), 'a')
      const body =
        operation.kind === 'spans' ? { fields: Buffer.from(operation.fields).toString('base64') } : {}
      try {
        if ((await file.stat()).size < this.#maxBytes / 10) {
          await file.appendFile(`${JSON.stringify({ reason, ...operation, ...body })}\n`)
        }
      } finally {
        await file.close()
      }
    })
  }

  /** Ends writing. An empty directory is removed, another left for the next process. */
  close(): Promise<void> {
    return this.#inTurn(undefined, async () => {
      await this.#closeFile()
      if (this.#lookTimer !== null) clearTimeout(this.#lookTimer)
      this.#directory.stop()
      if (this.#segments.length + this.#kept.size > 0) return this.#directory.leave()
      await rm(this.#directory.path, { recursive: true, force: true })
    })
  }

  async #start(): Promise<void> {
    try {
      await makeDirectory(this.#parent)
      await this.#adopt()
    } catch (error) {
      this.#events.failed(error)
    }
  }

  /** Finds what nobody owns any more; true when there is something. Looks again where owners may live on other hosts. */
  async #adopt(): Promise<boolean> {
    const found: Segment[] = []
    for (const directory of await this.#directory.adopt()) found.push(...(await this.#segmentsIn(directory)))
    found.sort((a, b) => basename(a.path).localeCompare(basename(b.path)))
    this.#segments = [...found, ...this.#segments]
    if (this.#directory.hasOthers)
      this.#lookTimer = unref(setTimeout(() => void this.#lookAgain(), lookAgainMs))
    return found.length > 0
  }

  async #lookAgain(): Promise<void> {
    if (await this.#inTurn(false, () => this.#adopt())) this.#onFound()
  }

  /** The segments below a directory, which is removed when it is empty. What cannot be read stays as it is. */
  async #segmentsIn(directory: string): Promise<Segment[]> {
    const segments: Segment[] = []
    const entries = await this.#attempt(null, () => readdir(directory, { withFileTypes: true }))
    if (entries === null) {
      this.#kept.add(directory)
      return []
    }
    for (const entry of entries) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) segments.push(...(await this.#segmentsIn(path)))
      else if (entry.name.endsWith('.segment'))
        segments.push({ path, bytes: (await stat(path)).size, items: 0, operations: null })
    }
    if (segments.length === 0) await this.#attempt(undefined, () => rmdir(directory))
    return segments
  }

  async #append(operations: readonly Operation[], items: number): Promise<boolean> {
    if (operations.length === 0) return true
    const parts = operations.flatMap(encodeRecord)
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    const segment = await this.#segmentFor(bytes)
    if (this.#file === null) return false
    try {
      await writeAll(this.#file, parts)
    } catch (error) {
      try {
        await this.#file.truncate(segment.bytes)
      } finally {
        await this.#closeFile()
      }
      throw error
    }
    segment.bytes += bytes
    segment.items += items
    segment.operations?.push(...operations)
    this.#events.spilled(operations)
    await this.#enforceBound()
    return true
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (this.#file !== null && last !== undefined && last.bytes + bytes <= maxSegmentBytes) return last
    await this.#closeFile()
    const path = join(this.#directory.path, this.#newName())
    const segment: Segment = { path, bytes: 0, items: 0, operations: [] }
    this.#file = await this.#create(path)
    if (last !== undefined && last !== this.#reading) last.operations = null
    this.#segments.push(segment)
    return segment
  }

  async #create(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'a')
    } catch (error) {
      if (!isMissing(error)) throw error
      await this.#directory.create()
      return open(path, 'a')
    }
  }

  #newName(): string {
    this.#namedMs = Math.max(this.#namedMs, Date.now())
    const time = String(this.#namedMs).padStart(15, '0')
    return `${time}-${String(this.#counter++).padStart(8, '0')}-${this.#id}.segment`
  }

  async #takeOldest(): Promise<Segment | null> {
    const segment = this.#segments[0] ?? null
    if (this.#segments.length === 1) await this.#closeFile()
    this.#reading = segment
    return segment
  }

  async #read(segment: Segment): Promise<ReturnType<typeof decodeSegment>> {
    if (segment.operations !== null) return { operations: segment.operations, damagedRecords: 0 }
    try {
      return decodeSegment(await readFile(segment.path))
    } catch (error) {
      if (!isMissing(error)) throw error
      return { operations: [], damagedRecords: 1 }
    }
  }

  async #remove(segment: Segment): Promise<void> {
    this.#forget(segment)
    await rm(segment.path, { force: true })
  }

  #forget(segment: Segment): void {
    if (this.#reading === segment) this.#reading = null
    this.#segments = this.#segments.filter((other) => other !== segment)
  }

  async #enforceBound(): Promise<void> {
    while (this.bytes > this.#maxBytes) {
      const oldest = this.#segments.find((segment) => segment !== this.#reading)
      if (oldest === undefined) return
      if (oldest === this.#segments.at(-1)) await this.#closeFile()
      const read = await this.#attempt(null, () => this.#read(oldest))
      await this.#remove(oldest)
      this.#events.dropped(read?.operations ?? [])
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  /** Carries out one call after the other. */
  #inTurn<T>(otherwise: T, call: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#attempt(otherwise, call))
    this.#last = turn
    return turn
  }

  /** What fails is reported and gives `otherwise`. */
  async #attempt<T>(otherwise: T, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      this.#events.failed(error)
      return otherwise
    }
  }
}

async function writeAll(file: FileHandle, parts: Uint8Array[]): Promise<void> {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  const { bytesWritten } = await file.writev(parts)
  if (bytesWritten < bytes) throw new Error(`The disk took ${bytesWritten} of ${bytes} bytes.`)
}
