/** Where a page has its checksum. */
export const oggChecksumAt = 22

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 0x8000_0000 ? (remainder << 1) ^ 0x04c1_1db7 : remainder << 1
  return remainder
})

/** The checksum that a page is to have, whatever it has: polynomial 04c11db7, begun with 0, not reflected (RFC 3533, 6). */
export function oggChecksum(page: Buffer): number {
  let crc = 0
  for (let at = 0; at < page.length; at++) {
    const byte = at >= oggChecksumAt && at < oggChecksumAt + 4 ? 0 : (page[at] ?? 0)
    crc = (crc << 8) ^ (remainders[(crc >>> 24) ^ byte] ?? 0)
  }
  return crc >>> 0
}
