// Builds what `@voxtrace/client` publishes: ECMAScript and CommonJS modules that depend on `@opentelemetry/api` alone, and
// their types. Needs what `tsc -b` wrote.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { atExit, bundleClient, client, entries } from './client-modules.ts'

const packages = dirname(client)

for (const [folder, format] of [
  ['esm', 'es'],
  ['cjs', 'cjs'],
]) {
  const outDir = join(client, 'dist', folder)
  await bundleClient(outDir, format)
  writeFileSync(join(outDir, 'package.json'), `{ "type": "${format === 'es' ? 'module' : 'commonjs'}" }\n`)
  copyTypes(outDir)
  copyFileSync(join(packages, '..', 'LICENSE'), join(client, 'dist', 'LICENSE'))
}

/** Copies the declarations that the entries reach, those of our other packages among them. */
function copyTypes(outDir) {
  const declarations = join(client, 'dist')
  const waiting = [...entries, atExit].map((name) => join(declarations, name.replace(/\.ts$/, '.d.ts')))
  const seen = new Set()
  const placeOf = (file) =>
    file.startsWith(join(declarations, ''))
      ? join(outDir, relative(declarations, file))
      : join(outDir, 'types', relative(packages, file).replace('/dist/', '/'))
  while (waiting.length > 0) {
    const file = waiting.pop()
    if (seen.has(file)) continue
    seen.add(file)
    const text = readFileSync(file, 'utf8').replace(
      /((?:from|import\()\s*)'([^']+)'/g,
      (whole, before, specifier) => {
        const target = declarationOf(specifier, file)
        if (target === null) return whole
        waiting.push(target)
        const path = relative(dirname(placeOf(file)), placeOf(target)).replace(/\.d\.ts$/, '.js')
        return `${before}'${path.startsWith('.') ? path : `./${path}`}'`
      },
    )
    mkdirSync(dirname(placeOf(file)), { recursive: true })
    writeFileSync(placeOf(file), text.replace(/\n\/\/# sourceMappingURL=.*/, ''))
  }
}

/** The declaration that a specifier stands for; null for a package that is installed, which this one is too. */
function declarationOf(specifier, file) {
  if (specifier.startsWith('.')) return join(dirname(file), specifier.replace(/\.(?:ts|js)$/, '.d.ts'))
  const own = /^@voxtrace\/([a-z]+)(\/.*)?$/.exec(specifier)
  if (own === null || own[1] === 'client') return null
  const manifest = JSON.parse(readFileSync(join(packages, own[1], 'package.json'), 'utf8'))
  return join(packages, own[1], manifest.exports[`.${own[2] ?? ''}`].types)
}
