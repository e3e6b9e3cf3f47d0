/** A judge reads one turn and no more of a call than that needs; what it sees must be what the whole call tells. */

import { readConversation } from '@voxtrace/model'
import { createTestStore } from '@voxtrace/store/testing'
import { expect, it, onTestFinished } from 'vitest'
import { findTurn } from '../../packages/judge/src/worker/find-turn.ts'
import { fixtureSpans } from './fixtures.ts'
import { producers } from './producers.ts'

const voices = producers.filter(({ holdsCall }) => holdsCall).map(({ name }) => name)

it.each(voices)('each turn of the call that %s tells is read alone as in the whole', async (name) => {
  const { store, close } = await createTestStore()
  onTestFinished(close)
  const calls = fixtureSpans(name)
  // What an application records of its own search, below whatever the framework records of an answer.
  const searches = calls
    .filter((span) => /llm/.test(span.name))
    .map((span, index) => ({
      ...span,
      spanId: index.toString(16).padStart(16, 'f'),
      parentSpanId: span.spanId,
      name: 'search',
      attributes: {
        'mlflow.spanType': 'RETRIEVER',
        'mlflow.spanOutputs': JSON.stringify([`Passage ${index}`]),
      },
    }))
  const spans = [...calls, ...searches]
  await store.spans.record({ experimentId: '0', spans })
  const whole = readConversation(spans)
  expect(whole?.turns.at(-1)?.documents).not.toEqual([])
  for (const [index, turn] of whole?.turns.entries() ?? []) {
    const place = { traceId: `tr-${spans[0]?.traceId}`, spanId: turn.spanId }
    const { number, userText, agentText, interrupted, documents } = turn
    expect(await findTurn(store, place, new AbortController().signal)).toMatchObject({
      number,
      userText,
      agentText,
      interrupted,
      documents,
      earlier: whole?.turns.slice(0, index).map(({ userText, agentText }) => ({ userText, agentText })),
    })
  }
})
