export const frameHeadBytes = 4

/** What the head of a frame says (ISO 11172-3, 2.4.2.3; ISO 13818-3). */
export interface FrameHead {
  /** Bytes of the frame, with its head. */
  size: number
  /** Samples of each channel. */
  samples: number
  rate: number
  channels: number
  /** Bytes between the head and the sound. */
  sideBytes: number
}

const kilobits = {
  full: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  low: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
}
const rates = [44_100, 48_000, 32_000]
/** By the two bits of the version: MPEG 2.5, none, MPEG 2, MPEG 1. */
const rateDivisors = [4, null, 2, 1]
const layerThree = 1

/**
 * The head of the frame of layer III at the beginning of the bytes; null where there is none. A frame whose size its head does not
 * tell ("free format") is none.
 */
export function readFrameHead(bytes: Buffer): FrameHead | null {
  if (bytes.length < frameHeadBytes || bytes.readUInt16BE(0) < 0xffe0) return null
  const [, second = 0, third = 0, fourth = 0] = bytes
  const divisor = rateDivisors[(second >> 3) & 3]
  const isFull = divisor === 1
  const kilobit = kilobits[isFull ? 'full' : 'low'][(third >> 4) - 1]
  const fullRate = rates[(third >> 2) & 3]
  if (!divisor || kilobit === undefined || fullRate === undefined || ((second >> 1) & 3) !== layerThree)
    return null
  const rate = fullRate / divisor
  const samples = isFull ? 1152 : 576
  const channels = fourth >> 6 === 3 ? 1 : 2
  const sideBytes = { full: [17, 32], low: [9, 17] }[isFull ? 'full' : 'low'][channels - 1] ?? 0
  const size = Math.floor((samples * kilobit * 125) / rate) + ((third >> 1) & 1)
  return { size, samples, rate, channels, sideBytes }
}

/** Frames of one stream have the same rate and channels. */
export function isSameStream(one: FrameHead, other: FrameHead): boolean {
  return one.rate === other.rate && one.channels === other.channels
}

const xingFlags = { frames: 1, bytes: 2, seekTable: 4, quality: 8 }
const seekTableBytes = 100
const encoderNameBytes = 9
/** Samples by which a decoder of layer III is late, whoever encoded. */
const decoderDelay = 529

/** What a first frame without sound tells of the file. Samples are counted from the first that is heard. */
interface Info {
  /** Samples before the first that is heard, which an encoder and every decoder add. */
  leadIn: number
  /** Samples that an encoder added to fill the last frame, which are not heard either; what follows them is. */
  padding: { from: number; to: number } | null
}

/**
 * Reads a first frame that carries no sound but tells of the file ("Xing", "Info"). Null of a frame with sound. Browsers leave the same samples
 * out.
 */
export function readInfoFrame(frame: Buffer, { sideBytes, samples }: FrameHead): Info | null {
  const name = frameHeadBytes + sideBytes
  const nothing = { leadIn: 0, padding: null }
  if (!['Xing', 'Info'].includes(frame.toString('latin1', name, name + 4))) return null
  if (frame.length < name + 8) return nothing
  const flags = frame.readUInt32BE(name + 4)
  const fields = [
    [xingFlags.frames, 4],
    [xingFlags.bytes, 4],
    [xingFlags.seekTable, seekTableBytes],
    [xingFlags.quality, 4],
  ] as const
  const encoder = fields.reduce((at, [flag, bytes]) => (flags & flag ? at + bytes : at), name + 8)
  const delay = encoder + encoderNameBytes + 12
  if (frame.length < delay + 3 || frame.readUInt8(encoder) === 0) return nothing
  const added = frame.readUIntBE(delay, 3)
  const leadIn = (added >> 12) + decoderDelay
  if (!(flags & xingFlags.frames)) return { leadIn, padding: null }
  const to = frame.readUInt32BE(name + 8) * samples - leadIn
  return { leadIn, padding: { from: to + decoderDelay - (added & 0xfff), to } }
}
