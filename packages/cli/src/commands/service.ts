import { prepareDataDirectory } from '../data-directory.ts'
import { createLog, encodeEntry, formatEntry, type LogEntry } from '../output/service-log.ts'
import { runBot } from '../services/bot.ts'
import { runDatabase } from '../services/database.ts'
import { runJudge } from '../services/judge.ts'
import { runService } from '../services/run-service.ts'
import { runServer } from '../services/server.ts'
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
    log.error('Ends because of an unforeseen error', { error })
    process.exit(1)
  })
  await runService(
    () => {
      const directory = prepareDataDirectory(dataDirectory)
      if (name === 'server') return runServer(values, directory, log)
      if (name === 'judge') return runJudge(values, directory, log)
      if (name === 'bot') return runBot(values, directory, log)
      return runDatabase(directory, log)
    },
    (details) => log.info('Ready', details),
  )
}
