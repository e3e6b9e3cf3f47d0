import { createSecretKey } from 'node:crypto'
import type { RTCDtlsTransport } from 'werift'

const KEYS = ['srtpSessionKey', 'srtcpSessionKey', 'srtpSessionAuthTag', 'srtcpSessionAuthTag']

type Sessions = Pick<RTCDtlsTransport, 'srtp' | 'srtcp'>

/**
 * Makes the keys of a connected transport's sessions into key objects. werift keeps them as buffers, which Node turns into
 * keys anew for each cipher and each authentication code: 37 µs against 6 µs of each on Node 24.21, two of them a packet.
 */
export function prepareKeys({ srtp, srtcp }: Sessions): void {
  for (const { localContext, remoteContext } of [srtp, srtcp]) {
    for (const { cipher } of [localContext, remoteContext]) {
      for (const name of KEYS) {
        const key: unknown = Reflect.get(cipher, name)
        if (Buffer.isBuffer(key)) Reflect.set(cipher, name, createSecretKey(key))
      }
    }
  }
}
