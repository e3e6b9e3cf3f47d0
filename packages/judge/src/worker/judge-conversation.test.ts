import { silentLog } from '@voxtrace/store/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Judge } from '../judgement.ts'
import { type SpanTree, turnTrace } from '../testing/conversation-spans.ts'
import { JudgedDatabase } from '../testing/judged-database.ts'
import { judgeConversation } from './judge-conversation.ts'
import { OneAtATime } from './one-at-a-time.ts'

let database: JudgedDatabase
/** Of how many turns the conversations were that judges were asked of, a criterion each. */
let asked: number[]
beforeEach(async () => {
  database = await JudgedDatabase.create()
  asked = []
  onTestFinished(() => database.close())
})

/** A judge that gives as many points as there are turns, once it is let. */
function judgeThat(waits: () => Promise<void> = async () => {}): Judge {
  return {
    source: { type: 'LLM_JUDGE', id: 'counting' },
    version: '1',
    judge: () => Promise.reject(new Error('It judges no turns.')),
    judgeConversation: async (_, subject) => {
      asked.push(subject.turnCount)
      await waits()
      return {
        kind: 'scored',
        score: subject.turnCount,
        rationale: 'Counted.',
        confidence: null,
        metadata: {},
      }
    },
  }
}

function deliver(
  { traceId }: SpanTree,
  judge: Judge,
  { again = false, underWay = new OneAtATime() } = {},
): Promise<void> {
  const work = { traceId, lastAttempt: false, again, signal: new AbortController().signal }
  return judgeConversation(work, judge, database.store, silentLog, underWay)
}

/** Records the trace of a turn that began so many seconds ago. */
async function say(number: number, secondsAgo: number): Promise<SpanTree> {
  const tree = turnTrace('session', { number, userText: `I say ${number}.`, agentText: 'Certainly.' })
  const earlier = BigInt(secondsAgo) * 1_000_000_000n
  tree.root.startTimeUnixNano -= earlier
  tree.root.endTimeUnixNano = tree.root.startTimeUnixNano + 2_000_000_000n
  await database.record(tree)
  return tree
}

async function scoresOn(tree: SpanTree): Promise<unknown[]> {
  return (await database.assessmentsOf(tree)).map(({ value }) => value)
}

describe('a session of a trace a turn', () => {
  test('is judged by its last trace alone, and once however often that is delivered', async () => {
    const first = await say(1, 30)
    const second = await say(2, 20)
    const judge = judgeThat()
    await deliver(first, judge)
    expect(asked).toEqual([])
    await deliver(second, judge)
    await deliver(second, judge)
    expect(asked).toEqual([2, 2, 2])
    expect(await scoresOn(first)).toEqual([2, 2, 2])
    await deliver(second, judge, { again: true })
    expect(asked).toHaveLength(6)
  })

  test('keeps what was found of more turns, although what was read before comes later', async () => {
    const first = await say(1, 30)
    const second = await say(2, 20)
    const { judge, isAsked, answer } = slowJudge()
    const slow = deliver(second, judge)
    await isAsked
    const third = await say(3, 10)
    await deliver(third, judgeThat())
    answer()
    await slow
    expect(await scoresOn(first)).toEqual([3, 3, 3])
    expect(await database.history('judge.calm')).toMatchObject([{ step: 3, value: 3 }])
    await deliver(third, judgeThat())
    expect(asked).toEqual([2, 2, 2, 3, 3, 3])
  })

  test('is judged once more when a trace of before its last comes late', async () => {
    const first = await say(1, 30)
    const last = await say(3, 10)
    await deliver(last, judgeThat())
    const late = await say(2, 20)
    await deliver(late, judgeThat())
    await deliver(late, judgeThat())
    expect(asked).toEqual([2, 2, 2, 3, 3, 3])
    expect(await scoresOn(first)).toEqual([3, 3, 3])
  })

  test('is judged once more for two such traces that come at the same moment', async () => {
    const first = await say(1, 30)
    const last = await say(4, 10)
    const underWay = new OneAtATime()
    await deliver(last, judgeThat(), { underWay })
    const late = [await say(2, 20), await say(3, 20)]
    await Promise.all(late.map((tree) => deliver(tree, judgeThat(), { underWay })))
    expect(asked).toEqual([2, 2, 2, 4, 4, 4])
    expect(await scoresOn(first)).toEqual([4, 4, 4])
  })

  test('is judged once more when such a trace comes while it is judged', async () => {
    const first = await say(1, 30)
    const last = await say(3, 10)
    const { judge, isAsked, answer } = slowJudge()
    const slow = deliver(last, judge)
    await isAsked
    const late = await say(2, 20)
    await deliver(late, judge)
    answer()
    await slow
    expect(asked).toEqual([2, 2, 2, 3, 3, 3])
    expect(await scoresOn(first)).toEqual([3, 3, 3])
  })
})

/** A judge that answers of what it was asked first when it is told to. */
function slowJudge() {
  const asking = Promise.withResolvers<void>()
  const answering = Promise.withResolvers<void>()
  const judge = judgeThat(() => {
    asking.resolve()
    return answering.promise
  })
  return { judge, isAsked: asking.promise, answer: answering.resolve }
}
