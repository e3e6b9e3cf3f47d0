import { constants, setPriority } from 'node:os'
import { startJudge } from '@voxtrace/judge'
import type { Log } from '@voxtrace/model'
import type { DataDirectory } from '../data-directory.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { judgeEndpoint } from '../settings/endpoints.ts'
import { findDatabase } from './database.ts'
import type { RunningService } from './run-service.ts'

/** Starts the judge on the database of a tracking server. */
export async function runJudge(
  values: SettingValues,
  directory: DataDirectory,
  log: Log,
): Promise<RunningService> {
  const llm = judgeEndpoint(values)
  // Judging is never in the way of a conversation on the same machine.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  const databaseUrl = await findDatabase(values, directory)
  const judge = await startJudge({ databaseUrl, ...(llm ? { llm } : {}), log })
  return { details: { model: judge.model }, close: () => judge.close() }
}
