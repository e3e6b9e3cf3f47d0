import { describe, expect, test } from 'vitest'
import { envelopeOf, expectTwoVoices, isLoud, opus } from './sound.test.support.ts'
import { soundReader } from './sound-readers.ts'
import { webmFile } from './test-sound.ts'

describe('Opus in WebM', () => {
  test('keeps its place in time, however its bytes are cut', () => {
    const file = webmFile(opus, 2)
    const whole = envelopeOf('audio/webm', file)
    expectTwoVoices(whole.data, 10)
    for (const pieceBytes of [333, 5000]) {
      const cut = envelopeOf('audio/webm', file, pieceBytes)
      expectTwoVoices(cut.data, 20)
      expect(cut.data.length).toBe(whole.data.length)
    }
  })
})

describe('cues of WebM', () => {
  const file = webmFile(Array.from({ length: 4 }, () => opus).flat(), 2)
  const clusterId = Buffer.from('1f43b675', 'hex')
  const cuesOf = (bytes: Buffer, pieceBytes = bytes.length) => {
    const reader = soundReader('audio/webm', 0, null)
    const cues: unknown[] = []
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      reader.read(bytes.subarray(from, from + pieceBytes))
      cues.push(...(reader.takeCues?.() ?? []))
    }
    return cues
  }
  /** The file with an element before its first cluster. */
  const beforeClusters = (element: Buffer) => {
    const first = file.indexOf(clusterId)
    return Buffer.concat([file.subarray(0, first), element, file.subarray(first)])
  }

  test('are five seconds apart, however its bytes are cut', () => {
    const clusters: number[] = []
    for (let at = file.indexOf(clusterId); at >= 0; at = file.indexOf(clusterId, at + 1)) clusters.push(at)
    const expected = [0, 5, 10, 15].map((second) => ({ byte: clusters[second], time: second * 1000 }))
    for (const pieceBytes of [file.length, 333]) expect(cuesOf(file, pieceBytes)).toEqual(expected)
  })

  test('pass a damaged cluster over', () => {
    const damaged = Buffer.from(file)
    let at = -1
    for (let second = 0; second <= 5; second++) at = damaged.indexOf(clusterId, at + 1)
    damaged[at] = 0
    expect(cuesOf(damaged)).toMatchObject([0, 6000, 11_000, 16_000].map((time) => ({ time })))
  })

  test.each([
    ['an index of its own', Buffer.from('1c53bb6b80', 'hex')],
    ['an index of its own at its end', Buffer.from('114d9b7487' + '4dbb84' + '1c53bb6b', 'hex')],
    [
      'much before its first cluster',
      Buffer.concat([Buffer.from('ec10200000', 'hex'), Buffer.alloc(1 << 21)]),
    ],
  ])('are not made of a file with %s', (_, element) => {
    expect(cuesOf(beforeClusters(element))).toEqual([])
  })
})

describe('blocks of WebM', () => {
  const file = webmFile(opus, 2)
  /** The file with each simple block of the second cluster changed by its head: track, time and flags. */
  const changed = (change: (head: Buffer, number: number) => void) => {
    const damaged = Buffer.from(file)
    const first = file.indexOf(Buffer.from('a301000000', 'hex'), file.length / 4)
    for (let at = first, number = 0; at >= 0 && number < 10; number++) {
      change(damaged.subarray(at + 9), number)
      at = file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)
    }
    return damaged
  }

  test('of another track are not heard', () => {
    const { data, durationMs } = envelopeOf(
      'audio/webm',
      changed((head) => head.writeUInt8(0x82, 0)),
    )
    expect(durationMs).toBeCloseTo(4013, -1)
    expect(data.equals(envelopeOf('audio/webm', file).data)).toBe(false)
  })

  test('with several packets are refused', () => {
    expect(() =>
      envelopeOf(
        'audio/webm',
        changed((head) => head.writeUInt8(0x86, 3)),
      ),
    ).toThrow(/several packets into one block/)
  })

  test('are not looked for in an element that is passed over', () => {
    const at = file.indexOf(Buffer.from('a301000000', 'hex'), file.length / 4)
    const passedOver = Buffer.from(file.subarray(at, file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)))
    passedOver.writeUInt8(0xec, 0)
    const padded = Buffer.concat([file.subarray(0, at), passedOver, file.subarray(at)])
    expect(envelopeOf('audio/webm', padded).data.equals(envelopeOf('audio/webm', file).data)).toBe(true)
  })

  test('that are late by less than a few packets leave no gap', () => {
    const late = changed((head, number) => head.writeInt16BE(head.readInt16BE(1) + (number % 2) * 15, 1))
    expect(envelopeOf('audio/webm', late).data.equals(envelopeOf('audio/webm', file).data)).toBe(true)
  })
})

describe('damaged WebM', () => {
  const file = webmFile(opus, 2)
  const clusterAt = (number: number) => {
    let at = -1
    for (let found = 0; found <= number; found++) at = file.indexOf(Buffer.from('1f43b675', 'hex'), at + 1)
    return at
  }
  /** The element of the block after so many in the second cluster, which begins at 1 s. */
  const blockAt = (number: number) => {
    let at = clusterAt(1)
    for (let found = 0; found <= number; found++) at = file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)
    return at
  }

  test.each([
    ['an element that is none', [0x21, 0x42]],
    ['an element without an id', [0x00]],
    ['an element with an impossible size', [0xa3, 0x00]],
    ['a packet of a size that no packet has', [0xa3, 0x10, 0x7f, 0xff, 0xff, 0x81]],
    ['an element of a size that no element has', [0xec, 0x01, 0x7f, 0xff, 0xff, 0xff]],
    ['an element of unknown size', [0xa3, 0xff]],
  ])('with %s is heard again from the next cluster on', (_, bytes) => {
    const damaged = Buffer.from(file)
    damaged.set(bytes, blockAt(25))
    for (const pieceBytes of [file.length, 700]) {
      const { data, durationMs } = envelopeOf('audio/webm', damaged, pieceBytes)
      expect([1400, 1700].map((ms) => isLoud(data, 0, ms))).toEqual([true, false])
      expect([2400, 2600, 3400, 3600].map((ms) => isLoud(data, 1, ms))).toEqual([false, true, true, false])
      expect(durationMs).toBeCloseTo(4013, -1)
    }
  })

  test('before its first cluster says so', () => {
    const damaged = Buffer.from(file)
    damaged.writeUInt8(0, file.indexOf(Buffer.from('1654ae6b', 'hex')))
    expect(() => envelopeOf('audio/webm', damaged)).toThrow(/is damaged/)
  })
})
