import type { Convention, SpanRole } from './conventions/convention.ts'
import { documentsIn } from './conventions/documents.ts'
import { genAiConvention } from './conventions/gen-ai.ts'
import { livekitConvention } from './conventions/livekit.ts'
import { mlflowConvention } from './conventions/mlflow.ts'
import { openInferenceConvention } from './conventions/openinference.ts'
import { pipecatConvention } from './conventions/pipecat.ts'
import { traceloopConvention } from './conventions/traceloop.ts'
import { vercelConvention } from './conventions/vercel.ts'
import { voxtraceConvention } from './conventions/voxtrace.ts'
import type { ModelCost, RetrievedDocument, TokenUsage } from './conversation.ts'
import type { Json } from './json.ts'
import type { Span } from './span.ts'

/** Every vocabulary, those that say most explicitly what they mean first: the first that answers is believed. */
const conventions: readonly Convention[] = [
  mlflowConvention,
  voxtraceConvention,
  openInferenceConvention,
  genAiConvention,
  livekitConvention,
  pipecatConvention,
  traceloopConvention,
  vercelConvention,
]

/** The span's type: one of `spanTypes`, a type the producer made up, or UNKNOWN. */
export function spanType(span: Span): string {
  for (const convention of conventions) {
    const type = convention.type?.(span) ?? null
    if (type !== null) return type
  }
  return 'UNKNOWN'
}

/** What went into the operation, decoded, in whatever form its producer gave it; null when nothing is known. */
export function spanInputs(span: Span): Json {
  for (const convention of conventions) {
    const inputs = convention.inputs?.(span)
    if (inputs !== undefined) return inputs
  }
  return null
}

/** What came out of the operation, decoded, in whatever form its producer gave it; null when nothing is known. */
export function spanOutputs(span: Span): Json {
  for (const convention of conventions) {
    const outputs = convention.outputs?.(span)
    if (outputs !== undefined) return outputs
  }
  return null
}

/** The tokens this span counted, without those of its children. */
export function tokenUsage(span: Span): TokenUsage | null {
  for (const convention of conventions) {
    const usage = convention.tokens?.(span) ?? null
    if (usage !== null) return usage
  }
  return null
}

/** What this span's call of a model cost, without its children. */
export function modelCost(span: Span): ModelCost | null {
  for (const convention of conventions) {
    const cost = convention.cost?.(span) ?? null
    if (cost !== null) return cost
  }
  return null
}

/** The model that the operation used. */
export function modelName(span: Span): string | null {
  for (const convention of conventions) {
    const model = convention.model?.(span) ?? null
    if (model !== null) return model
  }
  return null
}

/** The session that the span says it belongs to; on its attributes or its resource's. */
export function sessionId(span: Span): string | null {
  for (const convention of conventions) {
    const id = convention.sessionId?.(span) ?? null
    if (id !== null) return id
  }
  const id = span.resource['session.id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** The user whom the span says it served. */
export function userId(span: Span): string | null {
  for (const convention of conventions) {
    const id = convention.userId?.(span) ?? null
    if (id !== null) return id
  }
  return null
}

/** The documents that the span retrieved, in the order given; empty when it is no retrieval or found nothing. */
export function retrievedDocuments(span: Span): RetrievedDocument[] {
  for (const convention of conventions) {
    const documents = convention.documents?.(span) ?? null
    if (documents !== null) return documents
  }
  return spanType(span) === 'RETRIEVER' ? (documentsIn(spanOutputs(span)) ?? []) : []
}

/** What part the span plays in a voice conversation; null when it plays none. */
export function spanRole(span: Span): SpanRole | null {
  for (const convention of conventions) {
    const role = convention.role?.(span) ?? null
    if (role !== null) return role
  }
  const type = spanType(span)
  if (type === 'RETRIEVER') return 'rag_retrieval'
  return type === 'CHAT_MODEL' || type === 'LLM' ? 'llm_generation' : null
}

/** What the user said, as far as this span alone tells. */
export function userTextOf(span: Span): string | null {
  for (const convention of conventions) {
    const text = convention.userText?.(span) ?? null
    if (text !== null) return text
  }
  return null
}

/** What the agent said, as far as this span alone tells. */
export function agentTextOf(span: Span): string | null {
  for (const convention of conventions) {
    const text = convention.agentText?.(span) ?? null
    if (text !== null) return text
  }
  return null
}

/** Milliseconds from the span's start to its first token or first byte of speech. */
export function firstOutputMs(span: Span): number | null {
  for (const convention of conventions) {
    const time = convention.firstOutputMs?.(span) ?? null
    if (time !== null) return time
  }
  return null
}
