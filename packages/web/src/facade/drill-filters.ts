import { quotedKey, quotedText } from './filter-text.ts'

/** The traces that have a part in what a panel of the dashboard shows. */
export const drillFilters = {
  voiceToVoice: 'turn.voice_to_voice_ms IS NOT NULL',
  firstToken: 'span.first_token_ms IS NOT NULL',
  retrieval: 'turn.latency.rag_retrieval_ms IS NOT NULL',
  // The greeting is no turn that counts, and both conditions ask for one turn.
  interruptions: 'turn.number > 0 AND turn.interrupted = true',
  failedSpans: "span.status = 'ERROR'",
  tokens: 'tokens >= 0',
  cost: 'cost >= 0',
} as const

/** Those that a judge scored by a criterion. */
export function scoredBy(name: string): string {
  return `score.\`${name}\` IS NOT NULL`
}

/** Those that a judge gave a score that rounds to a level from 1 to 5; what lies beyond belongs to the ends. */
export function scoredAt(name: string, level: number): string {
  const field = `score.\`${name}\``
  const bounds = [
    ...(level > 1 ? [`${field} >= ${level - 0.5}`] : []),
    ...(level < 5 ? [`${field} < ${level + 0.5}`] : []),
  ]
  return bounds.join(' AND ')
}

/** Those of one model, or of one value of a tag. */
export function inGroup(by: string, group: string): string {
  if (by.startsWith('tag:')) return `tags.${quotedKey(by.slice(4))} = ${quotedText(group)}`
  return `span.model = ${quotedText(group)}`
}
