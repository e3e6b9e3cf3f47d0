/** No class that is looked for stands further up. */
const maxPrototypes = 24

/** As `instanceof`, which never returns for a proxy that has a new prototype whenever it is asked. */
export function isA<T>(kind: new (...args: never[]) => T, value: unknown): value is T {
  let prototype = value ?? null
  for (let depth = 0; depth < maxPrototypes && prototype !== null; depth++) {
    prototype = Object.getPrototypeOf(prototype)
    if (prototype === kind.prototype) return true
  }
  return false
}
