// Builds every package that is published and checks what a stranger would install: publint, and are-the-types-wrong.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', name)

execFileSync(bin('tsc'), ['-b'], { cwd: root, stdio: 'inherit' })
execFileSync(process.execPath, [join(root, 'scripts', 'build-client.mjs')], { cwd: root, stdio: 'inherit' })

let faults = 0
const packed = mkdtempSync(join(tmpdir(), 'voxtrace-packages-'))
for (const room of readdirSync(join(root, 'packages'))) {
  const directory = join(root, 'packages', room)
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const { messages, pkg } = await publint({ pkgDir: directory, strict: true })
  for (const message of messages) {
    if (message.type === 'suggestion') continue
    faults += 1
    console.error(`${manifest.name}: ${formatMessage(message, pkg)}`)
  }
  if (!manifest.exports?.['.']) {
    console.log(`${manifest.name}: publint has nothing to say`)
    continue
  }
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', packed], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  try {
    const profile = JSON.stringify(manifest.exports).includes('"require"') ? 'node16' : 'esm-only'
    execFileSync(bin('attw'), [join(packed, filename), '--profile', profile, '--format', 'ascii'], {
      cwd: root,
      encoding: 'utf8',
    })
    console.log(`${manifest.name}: publint and are-the-types-wrong have nothing to say`)
  } catch (error) {
    faults += 1
    console.error(`${manifest.name}:\n${error instanceof Error && 'stdout' in error ? error.stdout : error}`)
  }
}
rmSync(packed, { recursive: true })
process.exitCode = faults === 0 ? 0 : 1
