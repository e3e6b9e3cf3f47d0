/** A property of anything; undefined when it has none. Never throws, since what is read belongs to somebody else. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value
  try {
    for (const key of path) {
      if (typeof found !== 'object' || found === null) return undefined
      found = Reflect.get(found, key)
    }
    return found
  } catch {
    return undefined
  }
}

export function textAt(value: unknown, ...path: (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
