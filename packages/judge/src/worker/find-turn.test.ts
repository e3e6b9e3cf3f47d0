import { expect, onTestFinished, test, vi } from 'vitest'
import { conversationSpans } from '../testing/conversation-spans.ts'
import { goodTurn, JudgedDatabase } from '../testing/judged-database.ts'
import { findTurn } from './find-turn.ts'

test('a turn of a trace so large that its turns are read behind the writers is found when no server reads them', async () => {
  const database = await JudgedDatabase.create()
  onTestFinished(() => database.close())
  const said = (number: number) => ({ number, userText: `Question ${number}`, agentText: `Answer ${number}` })
  const tree = conversationSpans(Array.from({ length: 2100 }, (_, index) => said(index + 1)))
  const last = tree.turns.at(-1)?.turn
  await database.record(tree, [tree.root])
  await database.record(
    tree,
    tree.all.filter((span) => span !== last),
  )
  await database.record(
    tree,
    tree.all.filter((span) => span === last),
  )
  const place = { traceId: tree.traceId, spanId: last?.spanId ?? '' }
  const found = await findTurn(database.store, place, new AbortController().signal)
  expect(found).toMatchObject({ number: 2100, userText: 'Question 2100', runId: database.runId })
  expect(found?.earlier).toHaveLength(50)
  expect(found?.earlier.at(-1)?.userText).toBe('Question 2099')
})

test('a turn whose retrieval arrives after it is found with its documents', async () => {
  const database = await JudgedDatabase.create()
  onTestFinished(() => database.close())
  const tree = conversationSpans([goodTurn(1)])
  const late = tree.turns.flatMap(({ children }) => children)
  await database.record(
    tree,
    tree.all.filter((span) => !late.includes(span)),
  )
  // However long the documents take, no patience is lost meanwhile.
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const place = { traceId: tree.traceId, spanId: tree.turns[0]?.turn.spanId ?? '' }
  const finding = findTurn(database.store, place, new AbortController().signal)
  await database.record(tree, late)
  expect((await finding)?.documents).toHaveLength(1)
})
