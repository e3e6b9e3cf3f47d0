import { randomBytes } from 'node:crypto'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import type { Target } from '../ingest/otlp-load.ts'

const turnsPerConversation = 8

/** Sends voice conversations of eight turns with the times of a real agent's. */
export async function sendConversations(target: Target, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const begin = BigInt(Date.now() - index * 60_000) * 1_000_000n
    const body = encodeTraceRequest(
      conversation(begin),
      { 'service.name': 'bench' },
      { name: 'bench', version: '1' },
    )
    const answer = await fetch(target.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...target.headers },
      body: new Uint8Array(body),
    })
    if (!answer.ok) throw new Error(`conversations were answered ${answer.status}`)
  }
}

function conversation(begin: bigint): EncodableSpan[] {
  const traceId = randomBytes(16).toString('hex')
  const root = span(traceId, null, 'conversation', begin, 120_000)
  const spans = [root]
  for (let number = 1; number <= turnsPerConversation; number++) {
    const start = begin + BigInt(number) * 12_000_000_000n
    // Times that a few turns exceed by far, as they do in life.
    const voiceToVoice = 600 + Math.round(-Math.log(1 - Math.random()) * 400)
    const turn = span(traceId, root.spanId, 'turn', start, 9_000, {
      'turn.number': number,
      'turn.user_text': `Question ${number} of this conversation, what does it cost?`,
      'turn.voice_to_voice_ms': voiceToVoice,
      'turn.interrupted': number % 7 === 0,
    })
    spans.push(turn)
    for (const name of ['speech_to_text', 'rag_retrieval', 'llm_generation', 'text_to_speech'])
      spans.push(span(traceId, turn.spanId, name, start, 800, { 'gen_ai.request.model': 'gpt-4o-mini' }))
  }
  return spans
}

function span(
  traceId: string,
  parentSpanId: string | null,
  name: string,
  start: bigint,
  durationMs: number,
  attributes: EncodableSpan['attributes'] = {},
): EncodableSpan {
  return {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    parentSpanId,
    name,
    startTimeUnixNano: start,
    endTimeUnixNano: start + BigInt(durationMs) * 1_000_000n,
    status: { code: 'OK', message: '' },
    attributes,
  }
}
