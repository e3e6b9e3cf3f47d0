declare global {
  interface JSON {
    rawJSON(text: string): object
  }
}

/** An integer that `JSON.stringify` writes with all its digits. Node's alone; not every JavaScript engine has it. */
export function exactInteger(value: bigint): object {
  return JSON.rawJSON(String(value))
}

/** Finds integers that a double may not hold; a hit inside a string costs time only. */
const longInteger = /[0-9]{16}/

/**
 * Parses JSON like `JSON.parse`, but gives an integer that is not a safe one as its decimal digits in a string, so
 * that nanoseconds written as numbers keep their last digits. Throws `SyntaxError`.
 */
export function parseJsonKeepingIntegers(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text)
  const revive: (key: string, value: unknown, context?: { source?: string }) => unknown = (
    _key,
    value,
    context,
  ) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const source = context?.source
    return source !== undefined && /^-?[0-9]+$/.test(source) ? source : value
  }
  return JSON.parse(text, revive)
}
