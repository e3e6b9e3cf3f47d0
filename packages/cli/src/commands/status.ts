import { styleText } from 'node:util'
import { dataDirectoryAt } from '../data-directory.ts'
import { defaultPort } from '../settings/defaults.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { lockHolder } from '../supervisor/lock.ts'
import { readState } from '../supervisor/state-file.ts'
import { readModels } from './models.ts'
import { probe } from './probe.ts'

/** Prints what runs. Resolves with the exit code: 0 when all of it is well. */
export async function status({ values, dataDirectory }: LoadedSettings): Promise<number> {
  const directory = dataDirectoryAt(dataDirectory)
  const pid = lockHolder(directory.lockFile)
  const state = readState(directory.stateFile)
  const print = (name: string, good: boolean, text: string) => {
    const mark = styleText(good ? 'green' : 'red', good ? '●' : '○', { stream: process.stdout })
    console.log(`${mark} ${name.padEnd(10)} ${text}`)
  }
  if (pid === null || state === null) {
    const url = `http://127.0.0.1:${values.port ?? defaultPort}`
    const health = await probe(`${url}/health`)
    print(
      'voxtrace',
      false,
      `does not run on ${directory.root}. Start it with \`npm start\` or \`voxtrace up\`.`,
    )
    if (health.ok) print('server', true, `answers at ${url}, started by something else`)
    return 1
  }
  const minutes = Math.round((Date.now() - state.startedAtMs) / 60_000)
  print('voxtrace', true, `${state.version}, process ${pid}, up ${minutes} min, data in ${directory.root}`)
  let wellCount = 0
  for (const service of state.services) {
    const well = service.state === 'running'
    if (well) wellCount += 1
    const restarts = service.restarts === 1 ? '1 restart' : `${service.restarts} restarts`
    print(service.name, well, `${service.state}, process ${service.pid ?? 'none'}, ${restarts}`)
  }
  const models = await readModels(state.url)
  if (models.judge !== null) print('judging', true, models.judge)
  if (models.bot !== null) print('talking', true, models.bot)
  const health = await probe(`${state.url}/health`)
  print('web', health.ok, health.ok ? state.url : `${state.url}: ${health.reason}`)
  return wellCount === state.services.length && health.ok ? 0 : 1
}
