import { existsSync } from 'node:fs'
import type { Log } from '@voxtrace/model'
import { type DataDirectory, prepareDataDirectory } from '../data-directory.ts'
import { LogFile } from '../output/log-file.ts'
import { createLog, encodeEntry, formatEntry, type LogEntry } from '../output/service-log.ts'
import { printWelcome } from '../output/welcome.ts'
import { asUserError } from '../services/run-service.ts'
import { defaultPort } from '../settings/defaults.ts'
import {
  type SettingName,
  type SettingValues,
  settingDefinitions,
  settingNames,
} from '../settings/definitions.ts'
import { judgeEndpoint, llmEndpoint, sttEndpoint, ttsEndpoint } from '../settings/endpoints.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { claimPort } from '../supervisor/free-port.ts'
import { holdLock } from '../supervisor/lock.ts'
import { readState, removeState, writeState } from '../supervisor/state-file.ts'
import { SupervisedService } from '../supervisor/supervised-service.ts'
import { UserError } from '../user-error.ts'
import { version } from '../version.ts'

export type UpService = 'database' | 'server' | 'judge' | 'bot'

const stopTimeoutMs: Record<UpService, number> = {
  bot: 10_000,
  judge: 10_000,
  server: 10_000,
  database: 20_000,
}

/** Requests leave V8 much to throw away soon; where there is memory, it would keep 128 MB for that alone. */
const nodeOptions: Partial<Record<UpService, string[]>> = { server: ['--max-semi-space-size=16'] }

/** Runs the whole product until Ctrl-C, SIGTERM or the end of a program that holds a channel to it. Errors: `UserError` when something cannot start. */
export async function up(settings: LoadedSettings, without: readonly UpService[]): Promise<void> {
  const { values } = settings
  // What a person must mend is found before anything starts.
  for (const endpoint of [llmEndpoint, sttEndpoint, ttsEndpoint, judgeEndpoint]) endpoint(values)
  if (!without.includes('bot')) checkKnowledge(values.knowledge)
  const directory = prepareDataDirectory(settings.dataDirectory)
  const lock = holdLock(
    directory.lockFile,
    `The data directory ${directory.root}`,
    () => readState(directory.stateFile)?.url || null,
  )
  const show = (entry: LogEntry) => console.log(formatEntry(entry, process.stdout))
  const terminal = createLog('voxtrace', values.logLevel ?? 'info', show)
  const file = new LogFile(directory.logFile, (error) =>
    terminal.warn('the log file cannot be written; what is said is shown here alone until it can', { error }),
  )
  const write = (entry: LogEntry) => {
    file.append(encodeEntry(entry))
    show(entry)
  }
  const supervisor = new Up(values, directory, without, write)
  const stop = Promise.withResolvers<void>()
  let interrupts = 0
  process.on('SIGINT', () => {
    interrupts += 1
    if (interrupts === 2) supervisor.sayStillStopping()
    stop.resolve()
  })
  process.on('SIGTERM', () => stop.resolve())
  process.on('SIGHUP', () => stop.resolve())
  // A program that started it with a channel has ended, even if by SIGKILL. The channel itself keeps nothing running.
  process.on('disconnect', () => stop.resolve())
  process.channel?.unref()
  try {
    const started = supervisor.start()
    const outcome = await Promise.race([started.then(() => 'started' as const), stop.promise])
    if (outcome === 'started') {
      await printWelcome({
        url: supervisor.url,
        directory: directory.root,
        settings,
        details: supervisor.details(),
      })
      await stop.promise
    }
    started.catch(() => undefined)
  } catch (error) {
    throw asUserError(error) ?? error
  } finally {
    await supervisor.stop()
    removeState(directory.stateFile)
    lock.release()
  }
}

/** Errors: `UserError` when what the bot is to answer from is a path at which there is nothing. */
function checkKnowledge(knowledge: string | undefined): void {
  if (knowledge === undefined || /^(https?|file):/i.test(knowledge) || existsSync(knowledge)) return
  throw new UserError(
    `There is no knowledge at ${knowledge}.`,
    'Name a folder, a file or a URL with --knowledge, or leave it out for the documentation of Voxtrace.',
  )
}

/** The services of one machine, started and stopped in the order in which they need each other. */
class Up {
  url = ''
  #values: SettingValues
  #directory: DataDirectory
  #without: readonly UpService[]
  #write: (entry: LogEntry) => void
  #log: Log
  #services: SupervisedService[] = []
  #startedAtMs = Date.now()
  #stopping = false

  constructor(
    values: SettingValues,
    directory: DataDirectory,
    without: readonly UpService[],
    write: (entry: LogEntry) => void,
  ) {
    this.#values = values
    this.#directory = directory
    this.#without = without
    this.#write = write
    this.#log = createLog('voxtrace', values.logLevel ?? 'info', write)
  }

  details(): Record<string, Record<string, unknown>> {
    return Object.fromEntries(this.#services.map((service) => [service.name, service.details]))
  }

  async start(): Promise<void> {
    if (this.#values.databaseUrl) {
      const { checkDatabase } = await import('@voxtrace/store')
      await checkDatabase(this.#values.databaseUrl)
    }
    const host = this.#values.host ?? '127.0.0.1'
    const port = await claimPort(host, this.#values.port ?? defaultPort)
    const botHost = this.#values.botHost ?? '127.0.0.1'
    const botPort = await claimPort(botHost, this.#values.botPort ?? 0)
    this.url = `http://${urlHost(host)}:${port}`
    this.#log.info(`Voxtrace ${version} starts`, { data: this.#directory.root })

    // The bot's models take longest to load, so it loads them while the database starts.
    const bot = this.#run('bot', { botPort, trackingUri: this.url })
    bot?.catch(() => undefined)
    let databaseUrl = this.#values.databaseUrl
    if (!databaseUrl) databaseUrl = String((await this.#run('database', {}))?.databaseUrl)
    const server = this.#run('server', {
      port,
      databaseUrl,
      botUrl: this.#values.botUrl ?? `http://${urlHost(botHost)}:${botPort}`,
    })
    await server
    await Promise.all([this.#run('judge', { databaseUrl }), bot])
  }

  async stop(): Promise<void> {
    if (this.#services.length > 0) this.#log.info('Stopping')
    this.#stopping = true
    for (const name of ['bot', 'judge', 'server', 'database']) {
      await this.#services.find((service) => service.name === name)?.stop()
    }
    if (this.#services.length > 0) this.#log.info('Stopped; everything is saved')
  }

  /** For who asks twice. */
  sayStillStopping(): void {
    const longestMs = Object.values(stopTimeoutMs).reduce((sum, ms) => sum + ms, 0)
    this.#log.info(`Still stopping, so that nothing is lost; it takes ${longestMs / 1000} s at most`)
  }

  #run(name: UpService, overrides: SettingValues): Promise<Record<string, unknown>> | undefined {
    if (this.#without.includes(name) || this.#stopping) return undefined
    const service = new SupervisedService({
      name,
      command: [
        process.execPath,
        ...process.execArgv,
        ...(nodeOptions[name] ?? []),
        process.argv[1] ?? '',
        name,
      ],
      env: serviceEnvironment({ ...this.#values, ...overrides, data: this.#directory.root }),
      onEntry: this.#write,
      onChange: () => this.#saveState(),
      stopTimeoutMs: stopTimeoutMs[name],
      hasNothingToSaveUntilReady: name === 'bot' || name === 'judge',
    })
    this.#services.push(service)
    const beganAtMs = Date.now()
    return service.start().then((details) => {
      this.#log.info(`${name} is ready after ${((Date.now() - beganAtMs) / 1000).toFixed(1)} s`)
      return details
    })
  }

  #saveState(): void {
    try {
      writeState(this.#directory.stateFile, {
        pid: process.pid,
        version,
        startedAtMs: this.#startedAtMs,
        url: this.url,
        services: this.#services.map(({ name, state, pid, restarts }) => ({ name, state, pid, restarts })),
      })
    } catch (error) {
      // A full disk stops no service that runs.
      this.#log.warn('what `voxtrace status` shows cannot be written', { error })
    }
  }
}

/** Settings travel to a service as environment variables: unlike flags, other users cannot read them. */
function serviceEnvironment(values: SettingValues): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env }
  delete env.VOXTRACE_CONFIG
  for (const name of settingNames) {
    const value = values[name]
    if (value !== undefined) env[firstVariable(name)] = String(value)
  }
  return env
}

function firstVariable(name: SettingName): string {
  return settingDefinitions[name].env[0]
}

/** The address to reach a listener at: a wildcard address is reached at loopback, IPv6 stands in brackets. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
