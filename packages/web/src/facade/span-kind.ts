import { type Span, spanRole, spanType } from '@voxtrace/model'

/** The kinds that have a colour of their own. `group` holds others; `other` is any operation. */
export type SpanKind =
  | 'user_speech'
  | 'end_of_utterance'
  | 'speech_to_text'
  | 'rag_retrieval'
  | 'llm_generation'
  | 'text_to_speech'
  | 'agent_speech'
  | 'group'
  | 'other'

/** Which colour a span takes, by the part it plays in a conversation. */
export function spanKindOf(span: Span, hasChildren: boolean): SpanKind {
  const role = spanRole(span)
  switch (role) {
    case 'conversation':
    case 'turn':
    case 'user_turn':
    case 'agent_turn':
      return 'group'
    case null: {
      const type = spanType(span)
      if (type === 'EMBEDDING' || type === 'RERANKER') return 'rag_retrieval'
      return hasChildren ? 'group' : 'other'
    }
    default:
      return role
  }
}
