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

/** The same for the language's own classes, of any realm, such as that of a `vm` context in which a test runs. */
export function isBuiltIn<T>(
  kind: new (...args: never[]) => T,
  value: unknown,
  tag = tagOf(value),
): value is T {
  return isA(kind, value) || tag === `[object ${kind.name}]`
}

/** What the language calls a value; of the errors, dates and patterns of every realm it is sure. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
