export type AllowedOrigins = readonly string[]

/** Whether pages of an origin may use the bot: those of this machine, of the bot's own address, and those configured. */
export function isAllowedOrigin(
  origin: string,
  ownHost: string | undefined,
  allowed: AllowedOrigins,
): boolean {
  if (allowed.includes(origin) || allowed.includes('*')) return true
  if (!URL.canParse(origin)) return false
  const { protocol, hostname, host } = new URL(origin)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  if (host === ownHost) return true
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname) ||
    hostname.endsWith('.localhost')
  )
}
