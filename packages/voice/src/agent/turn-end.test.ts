import { setImmediate as nextTurn } from 'node:timers/promises'
import localInference from '@livekit/local-inference'
import { beforeAll, describe, expect, it } from 'vitest'
import { turnTaking } from './agent-settings.ts'
import { loadTurnDetector, TurnEnd } from './turn-end.ts'

const sound = new Int16Array(16_000)
const question = { pcm: Buffer.from(sound.buffer).toString('base64') }
/** Longer than any pause is waited out. */
const silentMs = 5_000

const { maxEndpointingMs } = turnTaking

beforeAll(loadTurnDetector)

function failing(what: string, error: unknown): void {
  throw new Error(what, { cause: error })
}

describe('TurnEnd', () => {
  it('ends no turn before its last words have been told', async () => {
    const turnEnd = new TurnEnd(failing)
    const told: string[] = []
    turnEnd.pausing(sound, silentMs, Promise.resolve('Clubs.'))
    const answer = turnEnd.doInference('', question).then(() => told.push('may end'))
    // The model has answered meanwhile, and the pause is long over.
    await localInference.predict(sound)
    await localInference.predict(sound)
    await nextTurn()
    told.push('words')
    turnEnd.settled()
    await answer
    expect(told).toEqual(['words', 'may end'])
  })

  it('counts the silence by the sound that was heard, not by the clock', async () => {
    const turnEnd = new TurnEnd(failing)
    const minuteMs = 60_000
    turnEnd.pausing(sound, -minuteMs, Promise.resolve('Four queen of.'))
    turnEnd.passed(minuteMs + maxEndpointingMs, false)
    turnEnd.settled()
    // By the clock this would take a minute.
    expect((await turnEnd.doInference('', question)).probability).toBeGreaterThanOrEqual(0)
  })

  it('leaves no question open when speech goes on', async () => {
    const turnEnd = new TurnEnd(failing)
    turnEnd.pausing(sound, silentMs, Promise.resolve('Seven of.'))
    const first = turnEnd.doInference('', question)
    turnEnd.pausing(sound, silentMs, Promise.resolve('Seven of clubs.'))
    expect((await first).probability).toBeGreaterThanOrEqual(0)
  })
})
