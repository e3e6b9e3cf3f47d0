import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../user-error.ts'
import {
  flagName,
  isSettingName,
  type SettingDefinition,
  type SettingName,
  type SettingValues,
  settingDefinitions,
  settingNames,
} from './definitions.ts'

export interface SettingSources {
  /** Values of the command line by setting name, as typed. */
  flags: Partial<Record<SettingName, string>>
  /** The settings file named on the command line. */
  configFlag?: string | undefined
  env: NodeJS.ProcessEnv
}

export interface LoadedSettings {
  values: SettingValues
  /** Absolute path of the data directory. */
  dataDirectory: string
  /** The settings file that was read, or null. */
  file: string | null
}

/**
 * Settles every setting. A flag wins over an environment variable, that over the settings file, that over the
 * default. The file is the one named by `--config` or `VOXTRACE_CONFIG`, else `voxtrace.json` in the data directory.
 *
 * Errors: `UserError` that names the source, the setting and what is wrong with it.
 */
export function loadSettings({ flags, configFlag, env }: SettingSources): LoadedSettings {
  const named = configFlag ?? nonEmpty(env.VOXTRACE_CONFIG)
  const values: SettingValues = {}
  const fromFlagsAndEnv = (name: SettingName) => {
    const flag = flags[name]
    if (flag !== undefined) return assign(values, name, flag, `--${flagName(name)}`)
    const variable = definition(name).env.find((key) => nonEmpty(env[key]) !== undefined)
    if (variable !== undefined) assign(values, name, env[variable], variable)
  }
  for (const name of settingNames) fromFlagsAndEnv(name)

  const defaultDirectory = join(env.HOME || homedir(), '.voxtrace')
  const file = named ? resolve(named) : join(resolve(values.data ?? defaultDirectory), 'voxtrace.json')
  const fileExists = existsSync(file)
  if (named && !fileExists) {
    throw new UserError(
      `The settings file ${file} does not exist.`,
      'Create it, or name another with --config.',
    )
  }
  if (fileExists) {
    for (const [key, value] of Object.entries(readSettingsFile(file))) {
      if (!isSettingName(key)) {
        throw new UserError(
          `${file} sets "${key}", which is not a setting.`,
          `Settings are: ${settingNames.join(', ')}.`,
        )
      }
      if (key === 'data' && !named) {
        throw new UserError(
          `${file} sets "data", but it was itself found in the data directory.`,
          'Name the data directory with --data or VOXTRACE_DATA, or the settings file with --config.',
        )
      }
      if (values[key] === undefined) assign(values, key, value, `"${key}" in ${file}`)
    }
  }
  return {
    values,
    dataDirectory: resolve(values.data ?? defaultDirectory),
    file: fileExists ? file : null,
  }
}

function definition(name: SettingName): SettingDefinition {
  return settingDefinitions[name]
}

function assign(values: SettingValues, name: SettingName, raw: unknown, source: string): void {
  const parsed = definition(name).schema.safeParse(raw)
  if (!parsed.success) {
    const given = definition(name).secret ? '' : ` (given: ${JSON.stringify(raw)})`
    throw new UserError(`${source} ${parsed.error.issues[0]?.message ?? 'is not valid'}${given}.`)
  }
  Object.assign(values, { [name]: parsed.data })
}

function readSettingsFile(file: string): Record<string, unknown> {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UserError(
      `The settings file ${file} cannot be read: ${error instanceof Error ? error.message : error}.`,
    )
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(content)
  if (!parsed.success) {
    throw new UserError(`The settings file ${file} must hold one JSON object, such as {"port": 5000}.`)
  }
  return parsed.data
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value
}
