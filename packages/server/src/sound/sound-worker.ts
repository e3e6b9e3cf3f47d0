import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { Envelope } from './envelope.ts'
import type { SoundFailure, SoundReply, SoundRequest } from './sound-message.ts'
import { type SoundReader, UnreadableSound } from './sound-reader.ts'
import { soundReader } from './sound-readers.ts'

const port = parentPort
if (!port) throw new Error('The sound worker runs only as a worker thread.')

/** 1 once this thread is to end. */
const ending = z.instanceof(Int32Array).parse(workerData)

// On Linux a priority belongs to a thread; elsewhere it would slow the whole server down.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const state = z.object({ reader: z.unknown(), envelope: Envelope.state.nullable() })

/**
 * Readers as they were after their last bytes, by the state they answered: going on with one is exact, where a new decoder needs a
 * few milliseconds to swing in.
 */
const warm = new Map<string, SoundReader>()
const mostWarm = 16

function read({ id, wanted, contentType, channels, before, bytes, ...request }: SoundRequest): SoundReply {
  const known = request.state === null ? null : state.parse(request.state)
  const envelope = new Envelope(channels, known?.envelope ?? null)
  const name = warmName(contentType, before, request.state)
  const reply = {
    id,
    bytes: before,
    state: request.state,
    data: new Uint8Array(),
    buckets: 0,
    durationMs: envelope.durationMs,
    cues: [],
    problem: null,
  }
  try {
    const reader = warm.get(name) ?? soundReader(contentType, before, known?.reader ?? null)
    warm.delete(name)
    const sounds = reader.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (wanted === 'envelope') for (const sound of sounds) envelope.add(sound)
    const place = reader.place()
    const after = { reader: place.state, envelope: envelope.state() }
    // Bytes that were not used up come again, so the reader starts without them.
    if (place.bytes === before + bytes.length) keepWarm(warmName(contentType, place.bytes, after), reader)
    return {
      ...reply,
      bytes: place.bytes,
      state: after,
      ...envelope.take(),
      durationMs: envelope.durationMs,
      cues: reader.takeCues?.() ?? [],
      sounds: wanted === 'samples' ? sounds : [],
    }
  } catch (error) {
    if (!(error instanceof UnreadableSound)) throw error
    return { ...reply, sounds: [], problem: error.message }
  }
}

function warmName(contentType: string, bytes: number, after: unknown): string {
  return `${contentType} ${bytes} ${JSON.stringify(after)}`
}

function keepWarm(name: string, reader: SoundReader): void {
  warm.set(name, reader)
  const [oldest] = warm.keys()
  if (warm.size > mostWarm && oldest !== undefined) warm.delete(oldest)
}

port.on('message', (request: SoundRequest) => {
  if (Atomics.load(ending, 0) === 1) {
    port.close()
    return
  }
  try {
    port.postMessage(read(request))
  } catch (error) {
    const failure: SoundFailure = {
      id: request.id,
      failure: error instanceof Error ? (error.stack ?? '') : String(error),
    }
    port.postMessage(failure)
  }
})
