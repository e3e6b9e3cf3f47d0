import { readFileSync } from 'node:fs'
import type { RecordingContentType } from '@voxtrace/model'
import { expect } from 'vitest'
import { Envelope } from './envelope.ts'
import { soundReader } from './sound-readers.ts'
import { oggPages, opusPackets, twoVoices } from './test-sound.ts'

export const opus = opusPackets(twoVoices(48_000))
export const ogg = Buffer.concat(oggPages(opus, 2))
/** Made by LAME of `twoVoices(44_100)` with a variable rate (-V 7), with a tag of ID3 before it. */
export const mp3 = fixture('two-voices-vbr.mp3')

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url))
}

/** Reads a file in pieces, each by a new reader that goes on where the last ended, and gives its envelope. */
export function envelopeOf(
  contentType: RecordingContentType,
  file: Buffer,
  pieceBytes = file.length,
  channels = 2,
) {
  let bytes = 0
  let state: unknown = null
  let known = null
  const data: Buffer[] = []
  let envelope = new Envelope(channels, known)
  for (let end = pieceBytes; ; end += pieceBytes) {
    const reader = soundReader(contentType, bytes, state)
    envelope = new Envelope(channels, known)
    for (const sound of reader.read(file.subarray(bytes, end))) envelope.add(sound)
    data.push(envelope.take().data)
    known = Envelope.state.parse(JSON.parse(JSON.stringify(envelope.state())))
    const place: { bytes: number; state: unknown } = JSON.parse(JSON.stringify(reader.place()))
    bytes = place.bytes
    state = place.state
    if (end >= file.length) break
  }
  return { data: Buffer.concat(data), durationMs: envelope.durationMs, bytes }
}

/** Where each channel sounds, in milliseconds. */
export function voicesOf(data: Buffer, channels = 2): { from: number; to: number }[] {
  const buckets = data.length / (3 * channels)
  return Array.from({ length: channels }, (_, channel) => {
    const loud = Array.from({ length: buckets }, (_, bucket) => bucket).filter(
      (bucket) => data.readUInt8((bucket * channels + channel) * 3 + 2) > 30,
    )
    return { from: (loud[0] ?? -1) * 10, to: ((loud.at(-1) ?? -1) + 1) * 10 }
  })
}

export function isLoud(data: Buffer, channel: number, atMs: number): boolean {
  return data.readUInt8(((atMs / 10) * 2 + channel) * 3 + 2) > 30
}

export function expectTwoVoices(data: Buffer, withinMs: number): void {
  const [user, agent] = voicesOf(data)
  for (const [value, expected] of [
    [user?.from, 1000],
    [user?.to, 2000],
    [agent?.from, 2500],
    [agent?.to, 3500],
  ] as const) {
    expect(Math.abs((value ?? 0) - expected)).toBeLessThanOrEqual(withinMs)
  }
}
