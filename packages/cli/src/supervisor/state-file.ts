import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const stateSchema = z.object({
  /** The supervisor's process. */
  pid: z.number().int(),
  version: z.string(),
  startedAtMs: z.number(),
  url: z.string(),
  services: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['idle', 'starting', 'running', 'waiting', 'stopping', 'stopped']),
      pid: z.number().int().nullable(),
      restarts: z.number().int(),
    }),
  ),
})

/** What `voxtrace up` runs, for `voxtrace status` to read. */
export type RunningState = z.output<typeof stateSchema>

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeState(path: string, state: RunningState): void {
  const next = `${path}.next`
  writeFileSync(next, JSON.stringify(state, null, 2), { mode: 0o600 })
  renameSync(next, path)
}

/** Null when nothing has run there, or the file is of another version. */
export function readState(path: string): RunningState | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  const parsed = stateSchema.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : null
}

export function removeState(path: string): void {
  rmSync(path, { force: true })
}
