import type { Judge, Judgement } from '../judgement.ts'
import { toScore } from '../judgement.ts'
import { judgeMissingInput, judgeMissingTurns } from '../missing-input.ts'
import type { Completion } from './completion.ts'
import { conversationPrompt } from './conversation-prompt.ts'
import type { Endpoint } from './endpoint.ts'
import { type ExpectedScore, expectedScore } from './expected-score.ts'
import { ModelFailure } from './model-failure.ts'
import { type Message, promptFor, repairPrompt } from './prompt.ts'
import { readVerdict, type Verdict } from './verdict.ts'

/** Goes up with every change of the prompt or of how its answer is read. */
const promptVersion = 1

/** A judge that asks a language model, one criterion a call. */
export function createLlmJudge(endpoint: Endpoint): Judge {
  return {
    source: { type: 'LLM_JUDGE', id: endpoint.model },
    version: `${promptVersion}/${endpoint.model}`,
    async judge(rubric, subject, signal = new AbortController().signal) {
      return judgeMissingInput(rubric, subject) ?? (await ask(endpoint, promptFor(rubric, subject), signal))
    },
    async judgeConversation(rubric, subject, signal = new AbortController().signal) {
      return (
        judgeMissingTurns(rubric, subject) ??
        (await ask(endpoint, conversationPrompt(rubric, subject), signal))
      )
    },
  }
}

async function ask(
  endpoint: Endpoint,
  messages: readonly Message[],
  signal: AbortSignal,
): Promise<Judgement> {
  const calls: Completion[] = []
  try {
    const first = await endpoint.complete(messages, signal)
    calls.push(first)
    const verdict = readVerdict(first.text)
    if (!('problem' in verdict)) return judgementOf(verdict, expectedScore(first.tokens), costOf(calls))
    const second = await endpoint.complete(repairPrompt(messages, first.text, verdict.problem), signal)
    calls.push(second)
    const repaired = readVerdict(second.text)
    if (!('problem' in repaired)) return judgementOf(repaired, expectedScore(second.tokens), costOf(calls))
    return {
      kind: 'failed',
      code: 'INVALID_ANSWER',
      message: `The model ${endpoint.model} gave no readable judgement in two tries: ${repaired.problem}.`,
      transient: false,
      metadata: costOf(calls),
    }
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error
    return {
      kind: 'failed',
      code: error.code,
      message: error.message,
      transient: error.transient,
      metadata: costOf(calls),
    }
  }
}

function judgementOf(
  verdict: Verdict,
  expected: ExpectedScore | null,
  metadata: Record<string, string>,
): Judgement {
  if (verdict.score === null) {
    return { kind: 'not_judged', reason: verdict.notJudged ?? verdict.reasoning, metadata }
  }
  const quotes = verdict.evidence.map((text) => text.trim()).filter((text) => text !== '')
  const evidence = quotes.length === 0 ? '' : ` Evidence: ${quotes.map((text) => `“${text}”`).join(', ')}.`
  return {
    kind: 'scored',
    score: toScore(expected?.score ?? verdict.score),
    rationale: `${verdict.reasoning}${evidence}`,
    confidence: null,
    metadata: {
      ...metadata,
      ...(expected && {
        'score.written': String(verdict.score),
        'score.distribution': JSON.stringify(
          Object.fromEntries(
            Object.entries(expected.distribution).map(([score, share]) => [score, Number(share.toFixed(4))]),
          ),
        ),
      }),
    },
  }
}

/** What the calls cost together, under MLflow's metadata keys; what an endpoint does not tell is absent. */
function costOf(calls: readonly Completion[]): Record<string, string> {
  const model = calls.at(-1)?.model
  const sums = {
    'mlflow.assessment.judgeInputTokens': sumOf(calls.map((call) => call.inputTokens)),
    'mlflow.assessment.judgeOutputTokens': sumOf(calls.map((call) => call.outputTokens)),
    'mlflow.assessment.judgeCost': sumOf(calls.map((call) => call.cost)),
  }
  const told = Object.entries(sums).flatMap(([key, sum]) => (sum === null ? [] : [[key, String(sum)]]))
  return { ...Object.fromEntries(told), ...(model && { 'judge.model': model }) }
}

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}
