/** `@voxtrace/client/redact`: ready patterns for the option `redact`. */
import type { RedactHook } from '../options.ts'

/**
 * Card numbers: 13 to 19 digits, in groups or not, that begin as those of payment cards do and pass the check digit
 * (ISO/IEC 7812-1, annex B), so that other long numbers and times stay.
 */
export const cardNumbers: RedactHook = (text) =>
  text.replace(/(?<![\d.])[2-6](?:[ -]?\d){12,18}(?!\d)/g, (found) =>
    passesCheck(found) ? '[card number]' : found,
  )

export const emails: RedactHook = (text) =>
  !text.includes('@')
    ? text
    : text.replace(/[\p{L}\d._%+-]{1,64}@(?:[\p{L}\d](?:[\p{L}\d-]{0,62})\.)+\p{L}{2,24}/gu, '[email]')

/**
 * Phone numbers: `+` and 8 to 15 digits in any groups, or 10 to 15 digits in groups as numbers are written, the first of
 * them in brackets or not. Dates, times, versions and addresses of machines are none.
 */
export const phoneNumbers: RedactHook = (text) =>
  text
    .replace(/(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)/g, '[phone number]')
    .replace(/(?<![\w.:/-])(?:\(\d{2,5}\)|\d{2,5})(?:[ -]\d{2,8}){1,4}(?![\w:/-])/g, (found) => {
      const digits = found.replace(/\D/g, '').length
      return digits >= 10 && digits <= 15 && !/^\d{4}-\d\d-\d\d/.test(found) ? '[phone number]' : found
    })

const keyPatterns = [
  /\b(?:sk|pk|rk)[-_](?:[A-Za-z]+[-_])*[A-Za-z0-9_-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/g,
  /\bgithub_pat_\w{22,}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bAIza[A-Za-z0-9_-]{35}/g,
  /\bhf_[A-Za-z0-9]{30,}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
]

/** Keys of well-known services, JSON web tokens, private keys, and what follows `Bearer` or `Basic`. */
export const secretKeys: RedactHook = (text) =>
  keyPatterns
    .reduce((redacted, pattern) => redacted.replace(pattern, '[key]'), text)
    .replace(/\b(Bearer|Basic)\s+(?=[A-Za-z+/._~-]*[0-9=])[A-Za-z0-9+/._~=-]{8,}/gi, '$1 [key]')

/** The whole value of properties and attributes with these names, such as `password`. */
export function properties(...names: (string | RegExp)[]): RedactHook {
  const isMeant = (key: string) =>
    names.some((name) =>
      typeof name === 'string' ? name.toLowerCase() === key.toLowerCase() : key.search(name) >= 0,
    )
  return (text, key) => (key !== null && isMeant(key) ? '[redacted]' : text)
}

/** Properties whose name says that they hold a secret. */
export const secretProperties: RedactHook = properties(
  /^(?:.*[._-])?(?:password|passwd|secret|api[._-]?key|authorization|cookie|set-cookie|access[._-]?token|refresh[._-]?token|client[._-]?secret)$/i,
)

/** All of the above. */
export const allPatterns: readonly RedactHook[] = [
  secretProperties,
  secretKeys,
  cardNumbers,
  emails,
  phoneNumbers,
]

function passesCheck(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return digits.length >= 13 && sum % 10 === 0
}
