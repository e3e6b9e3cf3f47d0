import type { RecordingCue } from '@voxtrace/store'
import { elementsOf, idBytes, ids, readElementHead, tracksOf } from './webm-elements.ts'

const unknownSize = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

/**
 * What to put in the place of all that comes before the first cluster of a WebM file (RFC 9559): the same facts, and an index of its
 * clusters, so that a player goes straight to a moment. The clusters stay as they are.
 *
 * @param before the bytes of the file before its first cluster, which is the first of the cues
 */
export function headWithCues(before: Buffer, cues: readonly RecordingCue[]): Buffer {
  const [file] = elementsOf(before)
  const segment = readElementHead(before.subarray(file?.end ?? 0))
  if (file?.id !== ids.ebml || typeof segment === 'string' || segment.id !== ids.segment) {
    throw new Error('a WebM file whose clusters were read begins with no segment')
  }
  const facts = elementsOf(before.subarray(file.end + segment.headBytes)).filter(
    ({ id }) => id === ids.info || id === ids.tracks,
  )
  const tracks = facts.flatMap(({ id, content }) => (id === ids.tracks ? tracksOf(content) : []))
  const track = tracks.find(({ codec }) => codec === 'A_OPUS')?.number ?? 0
  const kept = facts.map(({ id, content }) => element(id, content))
  // Every cue is as long as another, whatever it says, so the length of all is known before their places are.
  const cuesAt = (first: number) =>
    element(
      ids.cues,
      ...cues.map(({ byte, time }) => cuePoint(track, time, first + byte - (cues[0]?.byte ?? 0))),
    )
  const firstCluster = [...kept, cuesAt(0)].reduce((sum, { length }) => sum + length, 0)
  const opened = Buffer.concat([idBytes(ids.segment), unknownSize])
  return Buffer.concat([before.subarray(0, file.end), opened, ...kept, cuesAt(firstCluster)])
}

/** @param position of the cluster, from where the content of the segment begins */
function cuePoint(track: number, time: number, position: number): Buffer {
  return element(
    ids.cuePoint,
    element(ids.cueTime, number(time)),
    element(
      ids.cueTrackPositions,
      element(ids.cueTrack, number(track)),
      element(ids.cueClusterPosition, number(position)),
    ),
  )
}

function element(id: number, ...content: Buffer[]): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(0x1000_0000 + content.reduce((sum, { length }) => sum + length, 0))
  return Buffer.concat([idBytes(id), size, ...content])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(value, 0, 6)
  return bytes
}
