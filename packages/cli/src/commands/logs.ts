import { createReadStream, existsSync, statSync, watchFile } from 'node:fs'
import { createInterface } from 'node:readline'
import { dataDirectoryAt } from '../data-directory.ts'
import { decodeEntry, formatEntry } from '../output/service-log.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { UserError } from '../user-error.ts'

export interface LogsOptions {
  /** Only this service's lines. */
  service?: string | undefined
  /** Keep printing as lines arrive. */
  follow: boolean
}

/** Prints the log of the data directory, oldest line first. Errors: `UserError` when there is none. */
export async function logs(
  { dataDirectory }: LoadedSettings,
  { service, follow }: LogsOptions,
): Promise<void> {
  const { logFile } = dataDirectoryAt(dataDirectory)
  if (!existsSync(logFile)) {
    throw new UserError(
      `There is no log in ${dataDirectory}: nothing has run there yet.`,
      'Start it with `npm start` or `voxtrace up`.',
    )
  }
  let position = await printFrom(logFile, 0, service)
  if (!follow) return
  let printing = Promise.resolve()
  watchFile(logFile, { interval: 250 }, () => {
    printing = printing.then(async () => {
      const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
      // A file that shrank was set aside and begun again.
      if (size < position) position = 0
      position = await printFrom(logFile, position, service)
    })
  })
  await new Promise(() => undefined)
}

/** Resolves with the position behind the last whole line. */
async function printFrom(path: string, start: number, service: string | undefined): Promise<number> {
  let position = start
  for await (const line of createInterface({ input: createReadStream(path, { start }) })) {
    position += Buffer.byteLength(line) + 1
    const entry = decodeEntry(line)
    if (entry && (service === undefined || entry.service === service)) {
      console.log(formatEntry(entry, process.stdout))
    }
  }
  return position
}
