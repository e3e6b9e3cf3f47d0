import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

/** What a bad network does to media packets, each way. */
export interface Network {
  /** Share of packets lost, 0 to 1. */
  loss: number
  /** Each packet is late by a random time of up to so many milliseconds. */
  jitterMs?: number
}

/** A relay between a browser and a bot that loses and delays RTP packets and passes everything else. */
export interface LossyRelay {
  /** The answer with the relay in place of the bot's addresses. */
  rewrite(answerSdp: string): string
  close(): void
}

const HOST = '127.0.0.1'

export async function openLossyRelay(network: Network): Promise<LossyRelay> {
  const towardsBrowser = createSocket('udp4')
  const towardsBot = createSocket('udp4')
  await Promise.all([bind(towardsBrowser), bind(towardsBot)])
  const random = seededRandom()
  let browser: RemoteInfo | undefined
  let bot: { address: string; port: number } | undefined
  const pass = (packet: Buffer, from: Socket, to: { address: string; port: number } | undefined) => {
    if (!to) return
    if (!isRtp(packet)) return from.send(packet, to.port, to.address)
    if (random() < network.loss) return
    setTimeout(
      () => {
        if (open) from.send(packet, to.port, to.address)
      },
      random() * (network.jitterMs ?? 0),
    )
  }
  let open = true
  towardsBrowser.on('message', (packet, from) => {
    browser = from
    pass(packet, towardsBot, bot)
  })
  towardsBot.on('message', (packet) => pass(packet, towardsBrowser, browser))
  return {
    rewrite(answerSdp) {
      const candidates = [...answerSdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) /gim)]
      const [, address, port] = candidates[0] ?? []
      if (!address || !port)
        throw new Error('The answer has no IPv4 candidate that a relay could stand before.')
      bot = { address, port: Number(port) }
      const line = `a=candidate:1 1 udp 2130706431 ${HOST} ${towardsBrowser.address().port} typ host`
      let placed = false
      return answerSdp
        .split('\r\n')
        .flatMap((part) => {
          if (!part.startsWith('a=candidate:')) return [part]
          if (placed) return []
          placed = true
          return [line]
        })
        .join('\r\n')
    },
    close() {
      open = false
      towardsBrowser.close()
      towardsBot.close()
    },
  }
}

/** RTP and not RTCP, STUN or DTLS (RFC 7983; RTCP packet types 192 to 223 per RFC 5761). */
function isRtp(packet: Buffer): boolean {
  const [first = 0, second = 0] = packet
  return first >= 128 && first <= 191 && !(second >= 192 && second <= 223)
}

async function bind(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve))
}

/** The same losses in every run (mulberry32). */
function seededRandom(): () => number {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
