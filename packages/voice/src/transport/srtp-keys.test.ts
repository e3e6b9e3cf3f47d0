import { KeyObject, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  RtpHeader,
  SrtcpSession,
  SrtpSession,
} from 'werift'
import { prepareKeys } from './srtp-keys.ts'

function pair(profile: number, saltLength: number) {
  const [local, remote] = [0, 1].map(() => ({ key: randomBytes(16), salt: randomBytes(saltLength) }))
  if (!local || !remote) throw new Error('there are two sides')
  const sessions = (mine: typeof local, theirs: typeof local) => {
    const keys = {
      localMasterKey: mine.key,
      localMasterSalt: mine.salt,
      remoteMasterKey: theirs.key,
      remoteMasterSalt: theirs.salt,
    }
    return { srtp: new SrtpSession({ keys, profile }), srtcp: new SrtcpSession({ keys, profile }) }
  }
  return { bot: sessions(local, remote), browser: sessions(remote, local) }
}

describe.each([
  ['AES-CM with HMAC-SHA1', ProtectionProfileAes128CmHmacSha1_80, 14],
  ['AES-GCM', ProtectionProfileAeadAes128Gcm, 12],
] as const)('prepareKeys with %s', (_, profile, saltLength) => {
  it('makes every key an object, once', () => {
    const { bot } = pair(profile, saltLength)
    prepareKeys(bot)
    prepareKeys(bot)
    for (const { localContext, remoteContext } of [bot.srtp, bot.srtcp])
      for (const { cipher } of [localContext, remoteContext])
        for (const [name, value] of Object.entries(cipher))
          if (/(Key|AuthTag)$/.test(name) && value) expect.soft(value, name).toBeInstanceOf(KeyObject)
  })

  it('changes nothing that goes over the wire', () => {
    const { bot, browser } = pair(profile, saltLength)
    prepareKeys(bot)
    const header = () => new RtpHeader({ sequenceNumber: 7, timestamp: 480, ssrc: 9, payloadType: 111 })
    const payload = randomBytes(80)
    expect(browser.srtp.decrypt(bot.srtp.encrypt(payload, header())).subarray(12)).toEqual(payload)
    expect(bot.srtp.decrypt(browser.srtp.encrypt(payload, header())).subarray(12)).toEqual(payload)
  })
})
