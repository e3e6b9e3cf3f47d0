// Not every registry holds `@mlflow/core`, MLflow's TypeScript SDK; the published bundle of `@mlflow/qwen-code` carries it
// whole. This takes it out of there, from the bundle's beginning to the end of the SDK's own index.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const bundle = join(import.meta.dirname, '../node_modules/@mlflow/qwen-code/bundle/cli.js')
const text = readFileSync(bundle, 'utf8')
const index = /var (\w+) = __commonJS\(\{\s+"\.\.\/\.\.\/core\/dist\/index\.js"/.exec(text)
if (index === null) throw new Error(`${bundle} does not hold the SDK's index.`)
const end = text.indexOf('\n});\n', index.index)
writeFileSync(
  join(import.meta.dirname, 'bundled.mjs'),
  `${text.slice(text.indexOf('\n') + 1, end)}\n});\nexport default ${index[1]}()\n`,
)
const { default: sdk } = await import('./bundled.mjs')
writeFileSync(
  join(import.meta.dirname, 'index.mjs'),
  `import sdk from './bundled.mjs'\nexport const { ${Object.keys(sdk).join(', ')} } = sdk\n`,
)
