// The client beside this file in a realm of its own, as test runners run what they test: its errors, maps and promises are
// that realm's, and those of Node's modules are not.
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'

/** What the language itself does not have. */
const globals = Object.getOwnPropertyNames(globalThis).filter((name) =>
  /^[a-z]|^(?:Abort|Buffer|Headers|Text|URL)/.test(name),
)
const realm = createContext(Object.fromEntries(globals.map((name) => [name, globalThis[name]])))
realm.globalThis = realm
realm.Uint8Array = Uint8Array

const loaded = new Map()

/** A CommonJS module and what it requires, in the realm. */
function load(file) {
  const known = loaded.get(file)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(file, module)
  const require = createRequire(file)
  const requireThere = (name) => (isBuiltin(name) ? require(name) : load(require.resolve(name)))
  const code = `(function (module, exports, require, __filename) {${readFileSync(file, 'utf8')}\n})`
  runInContext(code, realm, { filename: file })(module, module.exports, requireThere, file)
  return module.exports
}

export const { createClient } = load(join(import.meta.dirname, 'cjs/index.js'))
