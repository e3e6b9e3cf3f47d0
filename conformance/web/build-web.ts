import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
export const webDirectory = join(root, 'packages', 'web', 'dist')
export const chromiumPath = process.env.VOXTRACE_CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(chromiumPath)

/** Vitest's global setup: the web app is built once for all files that open it. */
export default async function setup(): Promise<void> {
  if (!hasChromium) return
  // Under the tests' own NODE_ENV the build would hold what React has for developers.
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'setup.mjs'), 'web'], { env })
}
