// Builds what `@voxtrace/client` publishes: ECMAScript and CommonJS modules that depend on `@opentelemetry/api` alone, and
// their types. Needs what `tsc -b` wrote.
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
const client = join(packages, 'client')
const source = join(client, 'src')
const entries = [
  'index.ts',
  ...globSync('entries/*.ts', { cwd: source }).filter((name) => !name.endsWith('.test.ts')),
]

for (const [folder, format] of [
  ['esm', 'es'],
  ['cjs', 'cjs'],
]) {
  const outDir = join(client, 'dist', folder)
  rmSync(outDir, { recursive: true, force: true })
  await build({
    configFile: false,
    logLevel: 'warn',
    root: client,
    resolve: { conditions: ['@voxtrace/source'] },
    ssr: {
      noExternal: true,
      external: ['@opentelemetry/api'],
      resolve: { conditions: ['@voxtrace/source'] },
    },
    build: {
      ssr: true,
      outDir,
      minify: false,
      target: 'es2022',
      rollupOptions: {
        input: Object.fromEntries(entries.map((name) => [name.replace(/\.ts$/, ''), join(source, name)])),
        treeshake: { moduleSideEffects: (id) => entries.some((name) => id === join(source, name)) },
        output: { format, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', exports: 'named' },
      },
    },
  })
  writeFileSync(join(outDir, 'package.json'), `{ "type": "${format === 'es' ? 'module' : 'commonjs'}" }\n`)
  copyTypes(outDir)
  copyFileSync(join(packages, '..', 'LICENSE'), join(client, 'dist', 'LICENSE'))
}

/** Copies the declarations that the entries reach, those of our other packages among them. */
function copyTypes(outDir) {
  const declarations = join(client, 'dist')
  const waiting = entries.map((name) => join(declarations, name.replace(/\.ts$/, '.d.ts')))
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

/** The declaration that a specifier stands for; null for a package of others. */
function declarationOf(specifier, file) {
  if (specifier.startsWith('.')) return join(dirname(file), specifier.replace(/\.(?:ts|js)$/, '.d.ts'))
  const own = /^@voxtrace\/([a-z]+)(\/.*)?$/.exec(specifier)
  if (own === null) return null
  const manifest = JSON.parse(readFileSync(join(packages, own[1], 'package.json'), 'utf8'))
  return join(packages, own[1], manifest.exports[`.${own[2] ?? ''}`].types)
}
