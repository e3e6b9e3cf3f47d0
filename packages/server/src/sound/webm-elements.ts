/** Elements of WebM that matter here (RFC 8794, RFC 9559). */
export const ids = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
}

/** An id as it stands in a file. */
export function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(id)
  return bytes.subarray(Math.floor(Math.clz32(id) / 8))
}

/** A number of variable length, and how long it is; null when bytes are missing, or its length is none. */
export function readVariable(
  bytes: Buffer,
  at: number,
): { value: number; length: number; unknown: boolean } | null {
  const first = bytes[at]
  if (first === undefined) return null
  const length = Math.clz32(first) - 23
  if (length > 8 || bytes.length < at + length) return null
  let value = first & (0xff >> length)
  let unknown = value === 0xff >> length
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] ?? 0
    value = value * 256 + byte
    unknown &&= byte === 0xff
  }
  return { value, length, unknown }
}

export interface ElementHead {
  id: number
  headBytes: number
  /** Null when it is unknown. */
  size: number | null
}

export function readElementHead(bytes: Buffer): ElementHead | 'incomplete' | 'damaged' {
  const first = bytes[0]
  if (first === undefined) return 'incomplete'
  const idLength = Math.clz32(first) - 23
  if (idLength > 4 || bytes[idLength] === 0) return 'damaged'
  const size = readVariable(bytes, idLength)
  if (size === null) return 'incomplete'
  return {
    id: bytes.readUIntBE(0, idLength),
    headBytes: idLength + size.length,
    size: size.unknown ? null : size.value,
  }
}

interface Element {
  id: number
  content: Buffer
  /** Where the next begins. */
  end: number
}

/** The elements one after another, up to one that is not whole or whose size is unknown. */
export function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = readElementHead(bytes.subarray(at))
    if (head === 'incomplete' || head === 'damaged' || head.size === null) break
    const from = at + head.headBytes
    const end = from + head.size
    elements.push({ id: head.id, content: bytes.subarray(from, end), end })
    at = end
  }
  return elements
}

export function numberOf(bytes: Buffer): number {
  return bytes.length === 0 || bytes.length > 6 ? 0 : bytes.readUIntBE(0, bytes.length)
}

interface Track {
  number: number
  codec: string
  codecPrivate: Buffer
}

/** The tracks that an element of them tells. */
export function tracksOf(content: Buffer): Track[] {
  return elementsOf(content).flatMap((entry) => {
    if (entry.id !== ids.trackEntry) return []
    const fields = new Map(elementsOf(entry.content).map(({ id, content }) => [id, content]))
    return {
      number: numberOf(fields.get(ids.trackNumber) ?? Buffer.alloc(0)),
      codec: fields.get(ids.codecId)?.toString('latin1') ?? '',
      codecPrivate: fields.get(ids.codecPrivate) ?? Buffer.alloc(0),
    }
  })
}
