import { randomBytes } from 'node:crypto'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { oggPages, opusPackets } from '../../packages/server/src/sound/test-sound.ts'

/** From one turn to the next, in milliseconds: 640 turns are three hours. */
export const turnMs = 16_880
const spansPerRequest = 900
const json = { 'content-type': 'application/json' }
const judges = ['answer_relevancy', 'retrieval_relevancy', 'faithfulness', 'tone', 'coherence']
const question =
  'My second container takes about nine seconds to answer when nobody has called for a while, what can I do?'
const answer =
  'That is a cold start. Set min instances to one, and a container stays ready. It is billed at the idle rate. ' +
  'You can also move what the process loads at its beginning out of the way of the first request.'
const passage =
  'Set min instances to one or more and that many containers stay ready. They are billed at the idle rate. '

/** A call as the bot records it, of as many turns as one wants, judged turn by turn. */
export class LongCall {
  readonly traceId = `tr-${randomBytes(16).toString('hex')}`
  readonly startMs: number
  readonly #url: string
  readonly #rootId = randomBytes(8).toString('hex')

  constructor(url: string, startMs: number) {
    this.#url = url
    this.startMs = startMs
  }

  /** Sends the first so many turns; the call goes on behind them unless it is said to end. */
  async send(turns: number, ends: boolean): Promise<void> {
    const root = this.#span(null, 'conversation', 0, ends ? turns * turnMs : null, {
      'session.id': 'long-call',
    })
    root.spanId = this.#rootId
    const numbers = Array.from({ length: turns }, (_, index) => index + 1)
    const spans = [root, ...numbers.flatMap((number) => this.turn(number, (number - 1) * turnMs))]
    for (let first = 0; first < spans.length; first += spansPerRequest) {
      await this.export(spans.slice(first, first + spansPerRequest))
    }
    const turnIds = spans.filter(({ name }) => name === 'turn').map(({ spanId }) => spanId)
    const info = {
      trace_id: this.traceId,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
      request_time: new Date(this.startMs).toISOString(),
      state: ends ? 'OK' : 'IN_PROGRESS',
      assessments: turnIds.flatMap((spanId) => this.#judged(spanId)),
    }
    await this.#post('/api/3.0/mlflow/traces', json, JSON.stringify({ trace: { trace_info: info } }))
  }

  async export(spans: EncodableSpan[]): Promise<void> {
    const body = encodeTraceRequest(spans, { 'service.name': 'bench' }, { name: 'bench', version: '1' })
    const headers = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' }
    await this.#post('/v1/traces', headers, new Uint8Array(body))
  }

  /** Sends what the judges say of a turn. */
  async judge(spanId: string): Promise<void> {
    for (const assessment of this.#judged(spanId)) {
      const path = `/api/3.0/mlflow/traces/${this.traceId}/assessments`
      await this.#post(path, json, JSON.stringify({ assessment }))
    }
  }

  /** The spans of one turn that begins at a moment of the call: first its own, then its steps in order. */
  turn(number: number, atMs: number): EncodableSpan[] {
    const slowBy = number % 12 === 0 ? 1500 : number % 40
    const spoken = atMs + 5000
    const answered = spoken + 1100 + slowBy
    const turn = this.#span(this.#rootId, 'turn', atMs, answered + 8000, {
      'turn.number': number,
      'turn.user_text': `${question} That is question ${number}.`,
      'turn.agent_text': answer,
      'turn.interrupted': number % 9 === 0,
      'turn.voice_to_voice_ms': answered - spoken,
      'turn.latency.end_of_utterance_ms': 500,
      'turn.latency.speech_to_text_ms': 180,
      'turn.latency.rag_retrieval_ms': 40,
      'turn.latency.first_token_ms': 200 + slowBy,
      'turn.latency.first_clause_ms': 80,
      'turn.latency.first_audio_ms': 100,
    })
    const step = (name: string, fromMs: number, toMs: number, attributes: EncodableSpan['attributes'] = {}) =>
      this.#span(turn.spanId, name, fromMs, toMs, attributes)
    const documents = [1, 2, 3].map((place) => ({
      title: `Keep instances warm, ${place}`,
      source: 'how-to/min-instances.md',
      score: 0.9 - place / 10,
      text: passage.repeat(3),
    }))
    return [
      turn,
      step('user_speech', atMs, spoken),
      step('end_of_utterance', spoken, spoken + 500),
      step('speech_to_text', spoken + 500, spoken + 680, {
        'mlflow.spanOutputs': { transcript: question },
        'stt.model': 'moonshine-tiny',
      }),
      step('rag_retrieval', spoken + 680, spoken + 720, {
        'mlflow.spanType': '"RETRIEVER"',
        'mlflow.spanInputs': { query: question, similarity_top_k: 3 },
        'mlflow.spanOutputs': { context: documents },
      }),
      step('llm_generation', spoken + 720, answered + 600, {
        'mlflow.spanType': '"CHAT_MODEL"',
        'mlflow.spanInputs': { messages: [{ role: 'user', content: question + passage.repeat(9) }] },
        'mlflow.spanOutputs': { response: answer },
        'llm.model': 'gpt-4o-mini',
        'llm.total_tokens': 900 + number,
      }),
      step('text_to_speech', spoken + 900, answered + 800, { 'mlflow.spanInputs': { text: answer } }),
      step('agent_speech', answered, answered + 8000),
    ]
  }

  /** Attaches so much sound, as a recording that is complete or one that grows. */
  async record(sound: Buffer, offset: number, isWhole: boolean): Promise<void> {
    const path = `/api/voxtrace/traces/${this.traceId}/recordings/call`
    const facts = `start_time_unix_nano=${this.#nanoseconds(0)}&channels=user,agent`
    const answer = await fetch(
      this.#url + (isWhole ? `${path}?${facts}` : `${path}/chunks?offset=${offset}&${facts}`),
      {
        method: isWhole ? 'PUT' : 'POST',
        headers: { 'content-type': 'audio/ogg' },
        body: new Uint8Array(sound),
      },
    )
    if (!answer.ok) throw new Error(`The recording was answered ${answer.status}: ${await answer.text()}`)
    while (isWhole) {
      const waveform = await fetch(`${this.#url}${path}/waveform?bucket_ms=60000`)
      if ((await waveform.json()).upToDate) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** One turn in ten has a low score. */
  #judged(spanId: string) {
    const lowest = Number.parseInt(spanId.slice(0, 4), 16) % (10 * judges.length)
    return judges.map((judge, index) => ({
      assessment_name: `judge.${judge}`,
      trace_id: this.traceId,
      span_id: spanId,
      source: { source_type: 'CODE', source_id: 'voxtrace-offline-judge' },
      feedback: { value: index === lowest ? 2 : 4 },
      rationale: 'Every sentence of the answer was compared with the passages. The closest is the first.',
      metadata: { confidence: 'high' },
    }))
  }

  #span(
    parentSpanId: string | null,
    name: string,
    fromMs: number,
    toMs: number | null,
    attributes: EncodableSpan['attributes'],
  ): EncodableSpan {
    return {
      traceId: this.traceId.slice(3),
      spanId: randomBytes(8).toString('hex'),
      parentSpanId,
      name,
      startTimeUnixNano: this.#nanoseconds(fromMs),
      endTimeUnixNano: toMs === null ? null : this.#nanoseconds(toMs),
      status: { code: 'OK', message: '' },
      attributes,
    }
  }

  #nanoseconds(ms: number): bigint {
    return BigInt(this.startMs + Math.round(ms)) * 1_000_000n
  }

  async #post(path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
    const response = await fetch(this.#url + path, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`)
  }
}

/** The sound of so many turns as Opus in Ogg of about 32 kbit/s: the user's voice in one channel, then the agent's in the other. */
export function soundOf(turns: number): Buffer {
  const rate = 48_000
  const voice = (fromMs: number, toMs: number, hertz: number) =>
    Float32Array.from({ length: (turnMs * rate) / 1000 }, (_, index) => {
      const ms = (1000 * index) / rate
      const swell = 0.2 + 0.2 * Math.sin(ms / 90)
      return ms < fromMs || ms >= toMs ? 0 : swell * Math.sin((2 * Math.PI * hertz * index) / rate)
    })
  const one = opusPackets([voice(0, 5000, 210), voice(6100, 14_100, 150)], 32_000).slice(0, turnMs / 20)
  return Buffer.concat(oggPages(Array.from({ length: turns }, () => one).flat(), 2, 25))
}
