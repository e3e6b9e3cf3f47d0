import { type Recording, VoxtraceError } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import { bucketMs } from './envelope.ts'
import type { Sound } from './sound-reader.ts'
import type { SoundThread } from './sound-thread.ts'

const pieceBytes = 128 * 1024
const headBytes = 44

/**
 * A stretch of a recording as a WAV file of 16 bits, piece by piece; it ends where the recording does. Reading takes up at the last
 * place before it that is known, so that the end of a long recording is not waited for.
 *
 * @throws VoxtraceError UNPROCESSABLE_CONTENT when the sound cannot be read, or there is none in the stretch
 */
export async function* clip(
  store: Store,
  thread: SoundThread,
  recording: Recording,
  fromMs: number,
  toMs: number,
): AsyncGenerator<Buffer> {
  const stretch = { fromMs, toMs: Math.min(toMs, recording.durationMs ?? toMs) }
  let length = 0
  let written = 0
  let frameBytes = 0
  for await (const sound of soundsFrom(store, thread, recording, stretch.fromMs)) {
    const from = Math.round((stretch.fromMs * sound.rate) / 1000)
    const to = Math.round((stretch.toMs * sound.rate) / 1000)
    if (length === 0) {
      length = to - from
      if (length <= 0) break
      frameBytes = 2 * sound.channels.length
      yield wavHead(length, sound)
    }
    const first = Math.max(sound.at, from + written)
    const end = Math.min(to, sound.at + (sound.channels[0]?.length ?? 0))
    if (end > first) {
      if (first > from + written) yield silence(first - from - written, sound)
      yield samples(sound, first - sound.at, end - sound.at)
      written = end - from
    }
    if (sound.at >= to) break
  }
  if (length <= 0) {
    throw new VoxtraceError(
      'UNPROCESSABLE_CONTENT',
      `Recording ${recording.recordingId} has no sound between ${fromMs} and ${toMs} ms.`,
    )
  }
  if (written < length) yield Buffer.alloc((length - written) * frameBytes)
}

async function* soundsFrom(
  store: Store,
  thread: SoundThread,
  recording: Recording,
  fromMs: number,
): AsyncGenerator<Sound> {
  const place = await store.recordingEnvelopes.placeBefore(recording, Math.floor(fromMs / bucketMs))
  let { bytes, state }: { bytes: number; state: unknown } = place
  while (bytes < recording.sizeBytes) {
    const pieces: Buffer[] = []
    const end = Math.min(recording.sizeBytes, bytes + pieceBytes)
    for await (const piece of store.recordings.read(recording, bytes, end)) pieces.push(piece)
    const reply = await thread.read({
      wanted: 'samples',
      contentType: recording.contentType,
      channels: recording.channels.length,
      before: bytes,
      state,
      bytes: Buffer.concat(pieces),
    })
    if (reply.problem !== null) throw new VoxtraceError('UNPROCESSABLE_CONTENT', reply.problem)
    yield* reply.sounds
    if (reply.bytes === bytes) return
    bytes = reply.bytes
    state = reply.state
  }
}

function wavHead(length: number, { rate, channels }: Sound): Buffer {
  const frameBytes = channels.length * 2
  const head = Buffer.alloc(headBytes)
  head.write('RIFF', 0)
  head.writeUInt32LE(headBytes - 8 + length * frameBytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(channels.length, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * frameBytes, 28)
  head.writeUInt16LE(frameBytes, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(length * frameBytes, 40)
  return head
}

function silence(frames: number, { channels }: Sound): Buffer {
  return Buffer.alloc(frames * channels.length * 2)
}

function samples({ channels }: Sound, from: number, to: number): Buffer {
  const bytes = Buffer.alloc((to - from) * channels.length * 2)
  for (const [channel, own] of channels.entries()) {
    for (let index = from; index < to; index++) {
      const sample = Math.max(-1, Math.min(1, own[index] ?? 0))
      bytes.writeInt16LE(Math.round(sample * 32_767), ((index - from) * channels.length + channel) * 2)
    }
  }
  return bytes
}
