import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What one client did in one area against a running server. */
export interface CompatibilityResult {
  client: string
  version: string
  area: string
  /** `yes`, `partly`, `no`, or why it does not apply. */
  works: string
  note: string
}

const directory = process.env.VOXTRACE_COMPATIBILITY

/**
 * Keeps results for `docs/reference/compatibility.md`, which `scripts/compatibility.ts` makes of them, in the directory
 * that `VOXTRACE_COMPATIBILITY` names; without it they are not kept.
 */
export async function recordCompatibility(results: CompatibilityResult[]): Promise<void> {
  const [first] = results
  if (directory === undefined || first === undefined) return
  await mkdir(directory, { recursive: true })
  const name = `${first.client}-${first.version}`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')
  await writeFile(join(directory, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
}
