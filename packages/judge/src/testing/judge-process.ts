import { startJudge } from '../start-judge.ts'

/** A judge in a process of its own, for tests that kill it: `judge-process.ts DATABASE_URL MODEL_BASE_URL`. */
const [databaseUrl = '', baseUrl = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn: console.warn, error: console.error }
await startJudge({ databaseUrl, llm: { baseUrl, model: 'fake-model' }, log })
console.log('ready')
