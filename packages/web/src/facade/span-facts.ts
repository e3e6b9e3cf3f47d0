import { modelCost, modelName, type Span, tokenUsage, voxtrace } from '@voxtrace/model'
import { formatClock, formatCount, formatDollars, formatDuration } from '../format/time.ts'
import { selfTimeMs } from './critical-path.ts'
import type { SpanNode } from './span-tree.ts'

export interface SpanFact {
  name: string
  value: string
}

const { attributes: keys } = voxtrace

const milliseconds: [string, string][] = [
  [keys.turnVoiceToVoiceMs, 'Voice to voice'],
  [keys.sttLatencyMs, 'Latency'],
  [keys.sttAudioMs, 'Audio heard'],
  [keys.ragRetrievalTimeMs, 'Retrieval'],
  [keys.llmTtftMs, 'First token'],
  [keys.llmInterTokenLatencyMs, 'Between tokens'],
  [keys.ttsTtfbMs, 'First audio'],
  [keys.ttsAudioMs, 'Audio made'],
]

/** What is worth knowing first of a span: when, how long, with which model, and what was measured. */
export function spanFacts(node: SpanNode, span: Span, lengthMs: number): SpanFact[] {
  const isOpen = node.endMs === null
  const facts: SpanFact[] = [
    { name: 'Start', value: formatClock(node.startMs, 3) },
    {
      name: isOpen ? 'Open for' : 'Duration',
      value: formatDuration(Math.max(0, (node.endMs ?? lengthMs) - node.startMs)),
    },
  ]
  if (node.children.length > 0)
    facts.push({ name: 'Of its own', value: formatDuration(selfTimeMs(node, lengthMs)) })
  for (const [key, name] of milliseconds) {
    const value = span.attributes[key]
    if (typeof value === 'number') facts.push({ name, value: formatDuration(value) })
  }
  const model = modelName(span)
  if (model) facts.push({ name: 'Model', value: model })
  const tokens = tokenUsage(span)
  const about = tokens?.estimated ? '≈ ' : ''
  if (tokens?.inputTokens != null)
    facts.push({ name: 'Tokens in', value: about + formatCount(tokens.inputTokens) })
  if (tokens?.outputTokens != null)
    facts.push({ name: 'Tokens out', value: about + formatCount(tokens.outputTokens) })
  const cost = modelCost(span)?.total
  if (cost != null) facts.push({ name: 'Cost', value: formatDollars(cost) })
  const rate = span.attributes[keys.llmTokensPerSecond]
  if (typeof rate === 'number') facts.push({ name: 'Tokens per second', value: rate.toFixed(1) })
  const documents = span.attributes[keys.ragNumDocsRetrieved]
  if (typeof documents === 'number') facts.push({ name: 'Documents', value: formatCount(documents) })
  if (node.descendantCount > 0) facts.push({ name: 'Spans below', value: formatCount(node.descendantCount) })
  facts.push({ name: 'Span', value: node.id })
  return facts
}
