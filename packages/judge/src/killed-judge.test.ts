import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Assessment } from '@voxtrace/model'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { conversationSpans, type SpanTree } from './testing/conversation-spans.ts'
import { goodTurn, JudgedDatabase } from './testing/judged-database.ts'
import {
  type Behaviour,
  type ModelServer,
  reply,
  startModelServer,
  verdictText,
} from './testing/model-server.ts'

const judgeProcess = fileURLToPath(new URL('./testing/judge-process.ts', import.meta.url))

async function setUp({ onTestFinished }: TestContext, behaviour: Behaviour) {
  const database = await JudgedDatabase.create()
  onTestFinished(() => database.close())
  const server = await startModelServer(behaviour)
  onTestFinished(() => server.close())
  return { database, server }
}

interface Setting {
  database: JudgedDatabase
  server: ModelServer
}

/** Kills a judge once it has done what is waited for, and has another do what is missing. */
async function killOnce(done: () => Promise<void>, { database, server }: Setting) {
  const child = spawn(
    process.execPath,
    ['--conditions=@voxtrace/source', judgeProcess, database.databaseUrl, server.baseUrl],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const exited = once(child, 'exit')
  try {
    await vi.waitFor(done, { timeout: 60_000 })
  } finally {
    child.kill('SIGKILL')
    await exited
  }
  await database.passMinute()
  server.behave((_, response) => reply(response, { content: verdictText(2) }))
  const asked = server.requests.length
  await database.startJudge(server)
  return { asked: () => server.requests.length - asked }
}

async function ofWhole({ database }: Setting, tree: SpanTree): Promise<Assessment[]> {
  return (await database.assessmentsOf(tree)).filter(({ spanId }) => spanId === null)
}

describe.concurrent('a judge that is killed in the middle has its missing work done once more', () => {
  test('of a turn', async (context) => {
    const setting = await setUp(context, (_, response, call) => {
      if (call <= 2) reply(response, { content: verdictText(4) })
    })
    const { database } = setting
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    const { asked } = await killOnce(
      async () => expect(await database.assessmentsOf(tree)).toHaveLength(2),
      setting,
    )
    const after = await database.judged(tree)
    expect(after.map(({ value }) => value).sort()).toEqual([2, 2, 2, 4, 4])
    expect(asked()).toBe(3)
    for (const { name } of after) {
      await context.expect.poll(() => database.history(name)).toHaveLength(1)
    }
  })

  test('of a whole conversation', async (context) => {
    let wholes = 0
    const setting = await setUp(context, ({ messages }, response) => {
      const isOfWhole = messages[0]?.content.includes('a whole conversation')
      if (!isOfWhole || ++wholes === 1) reply(response, { content: verdictText(4) })
    })
    const { database } = setting
    const tree = conversationSpans([goodTurn(1), goodTurn(2)], { isOver: true })
    await database.record(tree)
    const { asked } = await killOnce(async () => {
      expect(await database.assessmentsOf(tree)).toHaveLength(11)
      expect(await ofWhole(setting, tree)).toHaveLength(1)
    }, setting)
    const after = await database.conversationJudged(tree)
    expect(after.map(({ value }) => value).sort()).toEqual([2, 2, 4])
    expect(asked()).toBe(2)
    for (const { name } of after) {
      await context.expect.poll(() => database.history(name)).toHaveLength(1)
    }
  })
})
