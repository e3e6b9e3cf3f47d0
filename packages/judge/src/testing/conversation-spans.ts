import { randomBytes } from 'node:crypto'
import type { JsonObject, Span } from '@voxtrace/model'
import { testSpan } from '@voxtrace/store/testing'

export interface SpokenTurn {
  number: number
  userText: string | null
  agentText: string | null
  documents?: { title: string; text: string }[]
}

export interface SpanTree {
  /** `tr-` and 32 hex digits. */
  traceId: string
  root: Span
  turns: { turn: Span; children: Span[] }[]
  all: Span[]
}

/** The spans that the voice bot records of turns that end now, while the call goes on or when it is over. */
export function conversationSpans(turns: SpokenTurn[], { isOver = false } = {}): SpanTree {
  const traceId = randomBytes(16).toString('hex')
  const root = span(traceId, null, 'conversation', { 'session.id': 'session-1' })
  if (!isOver) root.endTimeUnixNano = null
  const made = turns.map(({ number, userText, agentText, documents }) => {
    const turn = span(traceId, root.spanId, 'turn', {
      'turn.number': number,
      ...(userText !== null && { 'turn.user_text': userText }),
      ...(agentText !== null && { 'turn.agent_text': agentText }),
    })
    turn.startTimeUnixNano += inOrder(number)
    const children =
      documents === undefined
        ? []
        : [
            span(traceId, turn.spanId, 'rag_retrieval', {
              'mlflow.spanType': 'RETRIEVER',
              'mlflow.spanOutputs': JSON.stringify(
                documents.map(({ title, text }) => ({ page_content: text, metadata: { title } })),
              ),
            }),
          ]
    return { turn, children }
  })
  return {
    traceId: `tr-${traceId}`,
    root,
    turns: made,
    all: [root, ...made.flatMap(({ turn, children }) => [turn, ...children])],
  }
}

/** A turn in a trace of its own, as agents without a conversation's span record it. */
export function turnTrace(sessionId: string, { number, userText, agentText }: SpokenTurn): SpanTree {
  const traceId = randomBytes(16).toString('hex')
  const turn = span(traceId, null, 'turn', {
    'session.id': sessionId,
    'turn.number': number,
    'turn.user_text': userText ?? '',
    'turn.agent_text': agentText ?? '',
  })
  turn.startTimeUnixNano += inOrder(number)
  return { traceId: `tr-${traceId}`, root: turn, turns: [{ turn, children: [] }], all: [turn] }
}

/** Turns that are recorded in the same millisecond still began one after the other. */
function inOrder(number: number): bigint {
  return BigInt(number) * 1_000_000n
}

function span(traceId: string, parentSpanId: string | null, name: string, attributes: JsonObject): Span {
  const endTimeUnixNano = BigInt(Date.now()) * 1_000_000n
  const startTimeUnixNano = endTimeUnixNano - 2_000_000_000n
  return testSpan({ traceId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, attributes })
}
