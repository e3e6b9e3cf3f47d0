import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from './user-error.ts'

/** Where each kind of thing stands in the data directory. */
export interface DataDirectory {
  root: string
  database: string
  artifacts: string
  /** Model weights and embeddings: safe to delete, fetched and computed again. */
  cache: string
  /** Spans that could not be delivered yet. */
  spill: string
  /** Conversations that are going on, one file for each. */
  ongoing: string
  logFile: string
  lockFile: string
  stateFile: string
}

/** Names the places; makes nothing. */
export function dataDirectoryAt(root: string): DataDirectory {
  return {
    root,
    database: join(root, 'postgres'),
    artifacts: join(root, 'artifacts'),
    cache: join(root, 'cache'),
    spill: join(root, 'spill'),
    ongoing: join(root, 'ongoing'),
    logFile: join(root, 'logs', 'voxtrace.log'),
    lockFile: join(root, 'voxtrace.lock'),
    stateFile: join(root, 'state.json'),
  }
}

/**
 * Makes the directory and what stands in it.
 * Errors: `UserError` when it cannot be made or written.
 */
export function prepareDataDirectory(root: string): DataDirectory {
  const directory = dataDirectoryAt(root)
  try {
    for (const path of [root, directory.artifacts, directory.cache, directory.spill, join(root, 'logs')]) {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      accessSync(path, constants.W_OK | constants.X_OK)
    }
  } catch (error) {
    throw new UserError(
      `The data directory ${root} cannot be written: ${error instanceof Error ? error.message : error}.`,
      'Choose another with --data DIR, or give yourself the right to write there.',
      { cause: error },
    )
  }
  return directory
}
