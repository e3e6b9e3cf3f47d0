import { Argument, Command, Option } from 'commander'
import { doctor } from './commands/doctor.ts'
import { logs } from './commands/logs.ts'
import { type ServiceName, serviceCommand } from './commands/service.ts'
import { status } from './commands/status.ts'
import { type UpService, up } from './commands/up.ts'
import {
  flagName,
  type Reader,
  type SettingDefinition,
  settingDefinitions,
  settingNames,
} from './settings/definitions.ts'
import { type LoadedSettings, loadSettings } from './settings/load.ts'
import { version } from './version.ts'

/** The command line of `voxtrace`. Its flags come from the settings' definitions. */
export function createProgram(env: NodeJS.ProcessEnv): Command {
  const program = new Command('voxtrace')
    .description('See, hear and score every turn of every voice conversation.')
    .version(version)
    .showHelpAfterError('(--help lists commands and settings)')
    .addHelpText('after', settingsHelp())

  const load = (options: Record<string, string | undefined>): LoadedSettings => {
    const flags = Object.fromEntries(
      settingNames.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
    )
    return loadSettings({ flags, configFlag: options.config, env })
  }

  withSettings(
    program
      .command('up', { isDefault: true })
      .description('run everything on this machine: database, server, judge and bot'),
    ['server', 'judge', 'bot'],
  )
    .addOption(
      new Option('--without <service...>', 'leave a service out')
        .choices(['judge', 'bot'])
        .default([], 'none'),
    )
    .allowExcessArguments()
    .action((options, command: Command) => {
      const [unknown] = command.args
      if (unknown !== undefined) refuseCommand(program, unknown)
      return up(load(options), selected(options.without))
    })

  const services: [ServiceName & Reader, string][] = [
    ['server', 'run the tracking server alone'],
    ['judge', 'run the judge alone, on the database of a server'],
    ['bot', 'run the voice bot alone, against a tracking server'],
  ]
  for (const [name, description] of services) {
    withSettings(program.command(name).description(description), [name]).action((options) =>
      serviceCommand(name, load(options)),
    )
  }
  withSettings(
    program.command('database', { hidden: true }).description('run the embedded PostgreSQL alone'),
    [],
  ).action((options) => serviceCommand('database', load(options)))

  withSettings(program.command('status').description('show what runs'), ['server']).action(
    async (options) => {
      process.exitCode = await status(load(options))
    },
  )
  withSettings(
    program
      .command('logs')
      .addArgument(
        new Argument('[service]', 'only of this one').choices([
          'server',
          'judge',
          'bot',
          'database',
          'voxtrace',
        ]),
      ),
    [],
  )
    .description('print what the services said')
    .option('-f, --follow', 'keep printing as they speak', false)
    .action((service, options) => logs(load(options), { service, follow: options.follow === true }))
  withSettings(
    program
      .command('doctor')
      .description('check what is installed, reachable and writable, and say what to do'),
    ['server', 'judge', 'bot'],
  ).action(async (options) => {
    process.exitCode = await doctor(load(options))
  })
  return program
}

/** Whatever is no command reaches the default one as an argument. */
function refuseCommand(program: Command, word: string): never {
  const names = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name())
  return program.error(`error: there is no command "${word}". Commands: ${names.join(', ')}.`)
}

/** Adds the flags that any of the readers understands. */
function withSettings(command: Command, readers: readonly Reader[]): Command {
  command.option(
    '--config <FILE>',
    'settings file (VOXTRACE_CONFIG; default: voxtrace.json in the data directory)',
  )
  for (const name of settingNames) {
    const definition: SettingDefinition = settingDefinitions[name]
    if (definition.secret) continue
    if (name !== 'data' && !definition.readers.some((reader) => readers.includes(reader))) continue
    command.option(
      `--${flagName(name)} <${definition.value}>`,
      `${definition.description} (${definition.env[0]}; default: ${definition.defaultText})`,
    )
  }
  return command
}

function selected(without: unknown): UpService[] {
  if (!Array.isArray(without)) return []
  return without.filter((service) => service === 'judge' || service === 'bot')
}

/** Every setting: those that are flags as flags, the secret ones as variables. */
function settingsHelp(): string {
  const flags = settingNames.filter((name) => !('secret' in settingDefinitions[name]))
  const secrets = settingNames.filter((name) => 'secret' in settingDefinitions[name])
  const line = (left: string, right: string) => `  ${left.padEnd(32)} ${right}`
  return [
    '',
    'Without a command, `up` is run, with these settings:',
    line('--config <FILE>', 'Settings file (VOXTRACE_CONFIG; default: voxtrace.json in the data directory)'),
    ...flags.map((name) => {
      const { value, description, env, defaultText } = settingDefinitions[name]
      return line(
        `--${flagName(name)} <${value}>`,
        `${description} (${env.join(', ')}; default: ${defaultText})`,
      )
    }),
    '',
    'Keys are set in the environment or the settings file, never as flags:',
    ...secrets.map((name) =>
      line(
        settingDefinitions[name].env[0],
        `${settingDefinitions[name].description} (else ${settingDefinitions[name].env.slice(1).join(', ')})`,
      ),
    ),
    '',
    'A flag wins over an environment variable, that over the settings file, that over the default.',
    '',
  ].join('\n')
}
