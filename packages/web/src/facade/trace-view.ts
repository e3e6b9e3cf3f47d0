import {
  type Assessment,
  type Conversation,
  ConversationReader,
  type Span,
  spanRole,
  type TraceInfo,
  traceMetadata,
  traceTags,
} from '@voxtrace/model'
import { type Score, scoreOf, standing } from './assessments.ts'
import { buildSpanTree, type SpanTree } from './span-tree.ts'
import { type TurnView, TurnViews } from './turn-view.ts'

/** A whole trace, as its page shows it. */
export interface TraceView {
  info: TraceInfo
  title: string
  sessionId: string | null
  runId: string | null
  tree: SpanTree
  isOpen: boolean
  /** Null when it holds none, or its turns have not been read yet. */
  conversation: Conversation | null
  turns: TurnView[]
  /** Whether it is a conversation, also while nothing has been said in it. */
  isConversation: boolean
  assessments: Assessment[]
  /** Whether the spans came without their payloads, which are then read as each is opened. */
  isOutline: boolean
  /** What its calls of models cost, in US dollars; null where none tells. */
  cost: number | null
  /** Tokens of its calls of models; null where none tells. */
  tokens: number | null
}

/** What is known of the turns of a trace whose spans came without their payloads. */
interface OutlineTurns {
  /** Whether spans stand for turns. */
  areThere: boolean
  /** Whether those have come with their payloads. */
  areRead: boolean
}

/** Reads one trace again and again as it grows. What has not changed since, its nodes and turns, stays the same objects. */
export class TraceViewReader {
  readonly #conversations = new ConversationReader()
  readonly #turns = new TurnViews()
  #tree: SpanTree | null = null

  /** @param outline of spans that came without their payloads; null of those that came whole */
  read(info: TraceInfo, spans: readonly Span[], outline: OutlineTurns | null = null): TraceView {
    const tree = buildSpanTree(spans, this.#tree)
    this.#tree = tree
    const conversation = outline && !outline.areRead ? null : this.#conversations.read(spans)
    const assessments = standing(info.assessments)
    return {
      info,
      title: info.tags[traceTags.name] || tree.roots[0]?.name || info.traceId,
      sessionId: info.metadata[traceMetadata.session] ?? null,
      runId: info.metadata[traceMetadata.sourceRun] ?? null,
      tree,
      isOpen: info.state === 'IN_PROGRESS' || tree.openCount > 0,
      conversation,
      turns: this.#turns.of({ conversation, tree, assessments }),
      isConversation:
        conversation !== null ||
        (outline?.areThere ?? spans.some((span) => spanRole(span) === 'conversation')),
      assessments,
      isOutline: outline !== null,
      cost: summedUp(info, traceMetadata.cost, 'total_cost'),
      tokens: summedUp(info, traceMetadata.tokenUsage, 'total_tokens'),
    }
  }
}

export function traceViewOf(info: TraceInfo, spans: readonly Span[]): TraceView {
  return new TraceViewReader().read(info, spans)
}

/** A figure of the whole trace that the server, or its client, has summed up. */
function summedUp({ metadata }: TraceInfo, key: string, figure: string): number | null {
  const text = metadata[key]
  if (text === undefined) return null
  try {
    const value: unknown = Object(JSON.parse(text))[figure]
    return typeof value === 'number' ? value : null
  } catch {
    return null
  }
}

/** Scores of one span; those of the whole trace belong to its root. */
export function scoresOfSpan(view: TraceView, spanId: string): Score[] {
  const isRoot = view.tree.roots[0]?.id === spanId
  return view.assessments
    .filter((assessment) => assessment.spanId === spanId || (isRoot && assessment.spanId === null))
    .map(scoreOf)
    .sort((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0))
}
