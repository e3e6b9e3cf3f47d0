import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumPath } from '../../bench/caller/browser.ts'

const root = join(import.meta.dirname, '../..')
export const webDirectory = join(root, 'packages', 'web', 'dist')

/** Vitest's global setup: the web app is built once for all files that open it. */
export default async function setup(): Promise<void> {
  if (!chromiumPath()) return
  // Under the tests' own NODE_ENV the build would hold what React has for developers.
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'setup.mjs'), 'web'], { env })
}
