import { exportSpans, newSpanId, newTraceId, type SampleSpan } from './otlp-spans.ts'

/** One exchange of a sample conversation. Parts are milliseconds in the order of the gap bar. */
export interface SampleTurn {
  userText: string
  agentText: string
  unheard?: string
  parts: [number, number, number, number, number, number, number?]
  scores?: (number | null)[]
  error?: string
  documents?: { title: string; source: string; score: number; text: string }[]
}

export interface SampleConversation {
  startMs: number
  turns: SampleTurn[]
  /** Leave the conversation and its last turn open. */
  open?: boolean
}

export interface SentConversation {
  /** `tr-` and the trace's id. */
  traceId: string
  runId: string
  turnSpanIds: string[]
  endMs: number
}

const judgeNames = ['answer_relevancy', 'retrieval_relevancy', 'faithfulness', 'tone', 'coherence']
const partNames = [
  'end_of_utterance',
  'speech_to_text',
  'rag_retrieval',
  'first_token',
  'first_clause',
  'first_audio',
  'network',
]
const readingMsPerWord = 330

const passages = [
  {
    title: 'Keep instances warm',
    source: 'how-to/min-instances.md',
    score: 0.84,
    text: 'Set min instances to one or more and that many containers stay ready. They are billed at the idle rate.',
  },
  {
    title: 'What causes a cold start',
    source: 'concepts/cold-starts.md',
    score: 0.79,
    text: 'A cold start happens when a request finds no warm container. The image is loaded and the process started.',
  },
  {
    title: 'Timeouts',
    source: 'reference/deploy-flags.md',
    score: 0.58,
    text: 'The default timeout is sixty seconds. The flag --timeout raises it to at most sixty minutes.',
  },
]

/** Records a conversation as the voice bot does: a run, its metrics, the spans, and the judges' assessments. */
export async function sendConversation(
  url: string,
  experimentId: string,
  { startMs, turns, open = false }: SampleConversation,
): Promise<SentConversation> {
  const hex = newTraceId()
  const runId = await createRun(url, experimentId, startMs)
  const root: SampleSpan = {
    spanId: newSpanId(),
    name: 'conversation',
    startMs,
    endMs: null,
    attributes: { 'session.id': `s-${hex.slice(0, 8)}`, 'mlflow.spanType': '"AGENT"' },
  }
  const spans: SampleSpan[] = [root]
  const turnSpanIds: string[] = []
  let atMs = startMs + 2600
  for (const [index, turn] of turns.entries()) {
    const isOpen = open && index === turns.length - 1
    const recorded = turnSpans(root.spanId, turn, index + 1, atMs, isOpen)
    spans.push(...recorded.spans)
    turnSpanIds.push(recorded.turnSpanId)
    atMs = recorded.endMs + 1100
  }
  root.endMs = open ? null : atMs
  await exportSpans(url, { traceId: hex, experimentId, runId }, spans)
  const traceId = `tr-${hex}`
  for (const [index, turn] of turns.entries()) {
    for (const [judge, score] of (turn.scores ?? []).entries()) {
      await assess(url, traceId, turnSpanIds[index] ?? '', judgeNames[judge] ?? '', score)
    }
  }
  await logMetrics(url, runId, turns, startMs, open ? null : atMs)
  return { traceId, runId, turnSpanIds, endMs: atMs }
}

function turnSpans(parentSpanId: string, turn: SampleTurn, number: number, startMs: number, isOpen: boolean) {
  const [eou, stt, rag, token, clause, audio] = turn.parts
  const turnSpanId = newSpanId()
  const speechEnd = startMs + turn.userText.split(' ').length * readingMsPerWord
  const decided = speechEnd + eou
  const transcribed = decided + stt
  const retrieved = transcribed + rag
  const firstToken = retrieved + token
  const audible = firstToken + clause + audio
  const answerWords = turn.agentText.split(' ').length
  const endMs = audible + answerWords * readingMsPerWord
  const written = [turn.agentText, turn.unheard].filter(Boolean).join(' ')
  const documents = turn.documents ?? passages
  const tokensOut = Math.round(answerWords * 1.4)
  const total = totalOf(turn)
  const span = (
    name: string,
    from: number,
    to: number | null,
    attributes: SampleSpan['attributes'] = {},
  ): SampleSpan => ({
    spanId: newSpanId(),
    parentSpanId: turnSpanId,
    name,
    startMs: from,
    endMs: to,
    attributes,
  })
  const llm = span('llm_generation', retrieved, isOpen ? null : firstToken + answerWords * 22, {
    'mlflow.spanType': '"CHAT_MODEL"',
    'mlflow.spanInputs': {
      model: 'gpt-4o-mini',
      messages: [
        { role: 'system', content: 'You answer by voice, in two sentences at most. Use only the passages.' },
        { role: 'user', content: turn.userText },
      ],
    },
    'llm.model': 'gpt-4o-mini',
    'llm.ttft_ms': token,
    ...(!isOpen && {
      'mlflow.spanOutputs': { response: written },
      'llm.prompt_tokens': 812 + number * 31,
      'llm.completion_tokens': tokensOut,
      'llm.total_tokens': 812 + number * 31 + tokensOut,
      'llm.tokens_per_second': 61.4,
      'mlflow.llm.cost': JSON.stringify({ total_cost: (812 + number * 31) * 0.15e-6 + tokensOut * 0.6e-6 }),
    }),
  })
  if (turn.error !== undefined) {
    llm.error = turn.error
    llm.events = [
      { name: 'exception', atMs: retrieved + token, attributes: { 'exception.message': turn.error } },
    ]
  }
  const head: SampleSpan = {
    spanId: turnSpanId,
    parentSpanId,
    name: 'turn',
    startMs,
    endMs: isOpen ? null : endMs,
    attributes: {
      'turn.number': number,
      'turn.user_text': turn.userText,
      ...(!isOpen && {
        'turn.agent_text': turn.agentText,
        'turn.interrupted': turn.unheard !== undefined,
        'turn.voice_to_voice_ms': total,
        ...Object.fromEntries(turn.parts.map((part, index) => [`turn.latency.${partNames[index]}_ms`, part])),
      }),
    },
  }
  const stages = [
    span('user_speech', startMs, speechEnd),
    span('end_of_utterance', speechEnd, decided),
    span('speech_to_text', decided, transcribed, {
      'mlflow.spanOutputs': { transcript: turn.userText },
      'stt.model': 'moonshine-tiny',
      'stt.latency_ms': stt,
      'stt.audio_ms': Math.round(speechEnd - startMs),
    }),
    span('rag_retrieval', transcribed, retrieved, {
      'mlflow.spanType': '"RETRIEVER"',
      'mlflow.spanInputs': { query: turn.userText, similarity_top_k: documents.length },
      'mlflow.spanOutputs': { context: documents },
      'rag.retrieval_time_ms': rag,
      'rag.num_docs_retrieved': documents.length,
    }),
    llm,
  ]
  const voiced = [
    span('text_to_speech', firstToken + clause, firstToken + clause + 640, {
      'tts.model': 'flite-slt',
      'tts.ttfb_ms': audio,
      'mlflow.spanInputs': { text: turn.agentText },
    }),
    span('agent_speech', audible, endMs),
  ]
  return {
    spans: [head, ...stages, ...(isOpen ? [] : voiced)],
    turnSpanId,
    endMs: isOpen ? retrieved : endMs,
  }
}

function totalOf({ parts }: SampleTurn): number {
  return parts.reduce<number>((sum, part = 0) => sum + part, 0)
}

/** POST to the MLflow API; resolves with its JSON. */
async function mlflowPost(url: string, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`)
  return Object(await response.json())
}

export async function deleteTrace(url: string, experimentId: string, traceId: string): Promise<void> {
  await mlflowPost(url, '/api/3.0/mlflow/traces/delete-traces', {
    experiment_id: experimentId,
    request_ids: [traceId],
  })
}

export async function createExperiment(url: string, name: string): Promise<string> {
  const { experiment_id: id } = await mlflowPost(url, '/api/2.0/mlflow/experiments/create', { name })
  return String(id)
}

/** Starts a run. */
export async function createRun(url: string, experimentId: string, startMs: number): Promise<string> {
  const answer = await mlflowPost(url, '/api/2.0/mlflow/runs/create', {
    experiment_id: experimentId,
    start_time: Math.round(startMs),
    tags: [{ key: 'voxtrace.source', value: 'voice bot' }],
  })
  const { info } = Object(answer.run)
  return String(info.run_id)
}

/** Logs one value of a metric. */
export async function logMetric(
  url: string,
  runId: string,
  key: string,
  value: number,
  step = 0,
): Promise<void> {
  await mlflowPost(url, '/api/2.0/mlflow/runs/log-metric', {
    run_id: runId,
    key,
    value,
    step,
    timestamp: Date.now(),
  })
}

async function logMetrics(
  url: string,
  runId: string,
  turns: SampleTurn[],
  startMs: number,
  endMs: number | null,
): Promise<void> {
  const metrics = turns.flatMap((turn, index) => {
    const at = { timestamp: Math.round(startMs) + index * 1000, step: index + 1 }
    const scores = (turn.scores ?? []).flatMap((score, judge) =>
      score === null ? [] : [{ key: `judge.${judgeNames[judge]}`, value: score, ...at }],
    )
    return [
      { key: 'turn.voice_to_voice_ms', value: totalOf(turn), ...at },
      { key: 'stt.latency_ms', value: turn.parts[1], ...at },
      { key: 'rag.retrieval_time_ms', value: turn.parts[2], ...at },
      { key: 'llm.ttft_ms', value: turn.parts[3], ...at },
      {
        key: 'llm.total_tokens',
        value: 812 + (index + 1) * 31 + Math.round(turn.agentText.split(' ').length * 1.4),
        ...at,
      },
      { key: 'tts.ttfb_ms', value: turn.parts[5], ...at },
      ...scores,
    ]
  })
  await mlflowPost(url, '/api/2.0/mlflow/runs/log-batch', {
    run_id: runId,
    metrics,
    params: [
      { key: 'llm.model', value: 'gpt-4o-mini' },
      { key: 'stt.model', value: 'moonshine-tiny' },
      { key: 'rag.similarity_top_k', value: '3' },
    ],
  })
  if (endMs !== null) {
    await mlflowPost(url, '/api/2.0/mlflow/runs/update', {
      run_id: runId,
      status: 'FINISHED',
      end_time: Math.round(endMs),
    })
  }
}

async function assess(
  url: string,
  traceId: string,
  spanId: string,
  judge: string,
  score: number | null,
): Promise<void> {
  await mlflowPost(url, `/api/3.0/mlflow/traces/${traceId}/assessments`, {
    assessment: {
      assessment_name: `judge.${judge}`,
      trace_id: traceId,
      span_id: spanId,
      source: { source_type: 'CODE', source_id: 'voxtrace-offline-judge' },
      feedback: { value: score },
      rationale:
        score === null
          ? 'Nothing was retrieved for this turn, so there is nothing to compare the answer with.'
          : `Every sentence of the answer was compared with the passages: ${score} of 5. The closest is “Keep instances warm”.`,
      metadata: { confidence: 'high' },
    },
  })
}

/** What a language model says of a conversation as a whole. */
export async function judgeWhole(
  url: string,
  traceId: string,
  judge: string,
  verdict: { score: number; rationale: string },
): Promise<void> {
  await mlflowPost(url, `/api/3.0/mlflow/traces/${traceId}/assessments`, {
    assessment: {
      assessment_name: `judge.${judge}`,
      trace_id: traceId,
      source: { source_type: 'LLM_JUDGE', source_id: 'gpt-4o' },
      feedback: { value: verdict.score },
      rationale: verdict.rationale,
    },
  })
}

/** The conversation that the pages are looked at with: a slow turn, an interruption, a score that is low. */
export const supportCall: SampleTurn[] = [
  {
    userText: 'Hi, my function keeps timing out after a minute. Can I raise that?',
    agentText:
      'Yes. The default timeout is sixty seconds. You can set it up to sixty minutes with the timeout flag when you deploy.',
    parts: [480, 92, 118, 312, 96, 142],
    scores: [5, 4, 5, 4, 5],
  },
  {
    userText: 'Okay, and does a longer timeout cost more?',
    agentText:
      'Only if the function really runs longer. You pay for compute time in hundred-millisecond steps, so an unused allowance is free.',
    parts: [460, 88, 104, 286, 88, 112, 26],
    scores: [5, 3, 5, 4, 5],
  },
  {
    userText: 'Got it. What about cold starts? Mine takes like four seconds on the first call.',
    agentText:
      'A cold start happens when no instance is warm. You can shrink your package, lazy-load clients, or move to a region with more capacity, and you can also',
    unheard: 'set a minimum number of instances.',
    parts: [500, 94, 1238, 612, 131, 125, 24],
    scores: [2, 3, 2, 4, 4],
  },
  {
    userText: 'Sorry, just tell me how to keep one instance warm.',
    agentText: 'Set min instances to one. It bills at the idle rate, about a tenth of active time.',
    parts: [440, 86, 109, 298, 92, 108, 31],
    scores: [5, 5, 5, 4, 5],
  },
  {
    userText: 'Perfect, thanks.',
    agentText: 'You are welcome. Anything else I can check for you?',
    parts: [420, 71, 0, 241, 64, 105, 27],
    scores: [5, null, null, 5, 5],
    documents: [],
  },
]
