import type { Log } from '@voxtrace/model'
import { type DataDirectory, prepareDataDirectory } from '../data-directory.ts'
import { createLog, encodeEntry, formatEntry, type LogEntry } from '../output/service-log.ts'
import { asUserError, type RunningService, runService } from '../services/run-service.ts'
import type { SettingValues } from '../settings/definitions.ts'
import type { LoadedSettings } from '../settings/load.ts'

export type ServiceName = 'server' | 'judge' | 'bot' | 'database'

/** Runs one service in this process until it is told to stop. */
export async function serviceCommand(
  name: ServiceName,
  { values, dataDirectory }: LoadedSettings,
): Promise<void> {
  const supervised = process.send !== undefined
  const write = (entry: LogEntry) =>
    console.log(supervised ? encodeEntry(entry) : formatEntry(entry, process.stdout))
  const log = createLog(name, values.logLevel ?? 'info', write)
  // A supervisor that was killed leaves a broken pipe behind; the service still ends in order.
  process.stdout.on('error', () => undefined)
  process.on('uncaughtException', (error) => {
    log.error(asUserError(error)?.message ?? 'Ends because of an unforeseen error', { error })
    process.exit(1)
  })
  await runService(
    async () => startService(name, values, prepareDataDirectory(dataDirectory), log),
    (details) => log.info('Ready', details),
  )
}

/** Each service is loaded only where it runs, so that commands start fast and a server needs no voice stack. */
async function startService(
  name: ServiceName,
  values: SettingValues,
  directory: DataDirectory,
  log: Log,
): Promise<RunningService> {
  switch (name) {
    case 'server':
      return (await import('../services/server.ts')).runServer(values, directory, log)
    case 'judge':
      return (await import('../services/judge.ts')).runJudge(values, directory, log)
    case 'bot':
      return (await import('../services/bot.ts')).runBot(values, directory, log)
    case 'database':
      return (await import('../services/database.ts')).runDatabase(directory, log)
  }
}
