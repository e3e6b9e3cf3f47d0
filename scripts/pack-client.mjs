// Builds `@voxtrace/client` and packs it into the file that the tracking server hands out, so that an application can install
// the client of its server's version from the server itself.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clientPackage, root } from './setup.mjs'

const client = join(root, 'packages', 'client')
const run = (program, ...args) => execFileSync(program, args, { cwd: client, stdio: 'inherit' })

run(process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b')
run(process.execPath, join(root, 'scripts', 'build-client.mjs'))

mkdirSync(dirname(clientPackage), { recursive: true })
const packed = mkdtempSync(`${clientPackage}-`)
run('npm', 'pack', '--silent', '--pack-destination', packed)
renameSync(join(packed, readdirSync(packed)[0]), clientPackage)
rmSync(packed, { recursive: true })
