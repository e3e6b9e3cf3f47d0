import { voxtrace } from '@voxtrace/model'
import type { Knowledge, ScoredPassage } from '../knowledge/knowledge.ts'
import { apologies } from './apologies.ts'
import { nowMs } from './clock.ts'
import { retrievalQuery } from './extractive/retrieval-query.ts'
import type { LanguageModel, Message, ProviderUsage, Question } from './language-model.ts'
import { countTokens } from './tokens.ts'
import type { Utterance } from './utterance.ts'

const { attributes, spanNames } = voxtrace

export interface AnswerOptions {
  knowledge: Knowledge
  topK: number
  languageModel: LanguageModel
  /** Milliseconds without a first token after which the model is given up. */
  firstTokenTimeoutMs: number
  /** Milliseconds between tokens after which the model is given up. */
  nextTokenTimeoutMs: number
  /** Told of what fails, as it fails. */
  onFailure(what: string, error: unknown): void
}

async function retrieve(
  query: string,
  utterance: Utterance,
  options: AnswerOptions,
): Promise<ScoredPassage[]> {
  const { knowledge, topK } = options
  const startMs = nowMs()
  const stage = utterance.stages.stage(spanNames.ragRetrieval, startMs, {
    inputs: { query, similarity_top_k: topK },
    attributes: { [attributes.ragEmbeddingModel]: knowledge.embeddingModel },
  })
  try {
    const passages = await knowledge.search(query, topK)
    const endMs = nowMs()
    utterance.retrievedMs = endMs
    stage.end(endMs, {
      outputs: {
        context: passages.map(({ id, title, source, text, score }) => ({ id, title, source, text, score })),
      },
      attributes: {
        [attributes.ragRetrievalTimeMs]: endMs - startMs,
        [attributes.ragNumDocsRetrieved]: passages.length,
      },
    })
    return passages
  } catch (error) {
    utterance.error ??= error
    utterance.retrievedMs = nowMs()
    stage.end(utterance.retrievedMs, { error })
    options.onFailure('retrieval', error)
    return []
  }
}

/** Reads an iterator, giving up on a piece that takes too long. */
async function* withinTime<T>(
  pieces: AsyncIterable<T>,
  firstMs: number,
  nextMs: number,
  giveUp: AbortController,
): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]()
  let limit = firstMs
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const what = limit === firstMs ? 'no first token' : 'no further token'
          const error = new Error(`the language model gave ${what} within ${limit} ms`)
          giveUp.abort(error)
          reject(error)
        }, limit)
      })
      const step = await Promise.race([iterator.next(), late]).finally(() => clearTimeout(timer))
      if (step.done) return
      limit = nextMs
      yield step.value
    }
  } finally {
    // A model that hangs may never settle this, so nothing waits for it.
    iterator.return?.()?.catch(() => giveUp.abort())
  }
}

interface Tally {
  startMs: number
  text: string
  pieces: number
  firstMs: number | null
  lastMs: number | null
  usage: ProviderUsage | null
}

function measurements(
  tally: Tally,
  model: LanguageModel,
  messages: readonly Message[],
): Record<string, unknown> {
  const { startMs, firstMs, lastMs, pieces, usage } = tally
  const measured: Record<string, unknown> = { [attributes.llmModel]: model.model }
  if (firstMs === null || lastMs === null) return measured
  measured[attributes.llmTtftMs] = firstMs - startMs
  const tokens = usage ?? countTokens(messages, tally.text)
  measured[attributes.llmPromptTokens] = tokens.promptTokens
  measured[attributes.llmCompletionTokens] = tokens.completionTokens
  measured[attributes.llmTotalTokens] = tokens.totalTokens
  measured[attributes.llmTokensEstimated] = usage === null
  const streamedMs = lastMs - firstMs
  if (pieces > 1) {
    measured[attributes.llmInterTokenLatencyMs] = streamedMs / (pieces - 1)
    if (lastMs > startMs)
      measured[attributes.llmTokensPerSecond] = (tokens.completionTokens / (lastMs - startMs)) * 1000
  }
  return measured
}

/**
 * Answers a question: retrieves, asks the model, gives its text as it comes. What fails is recorded and put into
 * words, so the text never ends in an exception. Aborting ends it at once.
 */
export async function* answer(
  text: string,
  history: readonly Message[],
  utterance: Utterance,
  signal: AbortSignal,
  options: AnswerOptions,
): AsyncGenerator<string> {
  const passages = await retrieve(
    retrievalQuery(text, history, options.knowledge.subject),
    utterance,
    options,
  )
  if (signal.aborted) return
  const question: Question = { text, passages, history }
  const { languageModel } = options
  const messages = languageModel.messages(question)
  const tally: Tally = { startMs: nowMs(), text: '', pieces: 0, firstMs: null, lastMs: null, usage: null }
  const stage = utterance.stages.stage(spanNames.llmGeneration, tally.startMs, {
    inputs: { model: languageModel.model, messages },
  })
  const giveUp = new AbortController()
  const stop = AbortSignal.any([signal, giveUp.signal])
  let failure: unknown = null
  try {
    const pieces = languageModel.answer(question, stop)
    for await (const piece of withinTime(
      pieces,
      options.firstTokenTimeoutMs,
      options.nextTokenTimeoutMs,
      giveUp,
    )) {
      if (signal.aborted) break
      if (piece.kind === 'usage') {
        tally.usage = piece.usage
        continue
      }
      if (!piece.text) continue
      tally.lastMs = nowMs()
      tally.firstMs ??= tally.lastMs
      if (utterance.firstTokenMs === null) {
        utterance.firstTokenMs = tally.firstMs
        utterance.timesToFirst.push({
          processor: 'llm',
          model: languageModel.model,
          ms: tally.firstMs - tally.startMs,
        })
      }
      tally.pieces += 1
      tally.text += piece.text
      yield piece.text
    }
    if (!tally.text.trim() && !signal.aborted) failure = new Error('the language model answered nothing')
  } catch (error) {
    if (!signal.aborted) failure = error
  } finally {
    const outputs = { response: tally.text }
    const end = failure ? { outputs, error: failure } : { outputs }
    const endMs = nowMs()
    // Counting tokens can take a millisecond or more, which the answer's sound does not wait for.
    setImmediate(() => stage.end(endMs, { ...end, attributes: measurements(tally, languageModel, messages) }))
  }
  if (failure) {
    utterance.error ??= failure
    options.onFailure('language model', failure)
    yield tally.text.trim() ? ` ${apologies.answerCutOff}` : apologies.noAnswer
  }
}
