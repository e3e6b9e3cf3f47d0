import { flagName, type SettingDefinition, settingDefinitions, settingNames } from './definitions.ts'

/** The table of `docs/reference/configuration.md`, one row a setting. */
export function settingsTable(): string {
  const rows = settingNames.map((name) => {
    const definition: SettingDefinition = settingDefinitions[name]
    const flag = definition.secret ? 'none' : `\`--${flagName(name)} ${definition.value}\``
    const variables = definition.env.map((variable) => `\`${variable}\``).join(', ')
    return `| \`${name}\` | ${flag} | ${variables} | ${definition.description}. Default: ${definition.defaultText}. |`
  })
  return ['| in the file | flag | environment | what it does |', '|---|---|---|---|', ...rows].join('\n')
}
