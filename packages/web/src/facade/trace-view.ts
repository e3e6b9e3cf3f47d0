import {
  type Assessment,
  type Conversation,
  readConversation,
  type TraceInfo,
  traceMetadata,
  traceTags,
} from '@voxtrace/model'
import { type SpanJson, spanFromJson } from '@voxtrace/protocol'
import { type Score, scoreOf, standing } from './assessments.ts'
import { buildSpanTree, type SpanTree } from './span-tree.ts'

/** A whole trace, as its page shows it. */
export interface TraceView {
  info: TraceInfo
  title: string
  sessionId: string | null
  runId: string | null
  tree: SpanTree
  isOpen: boolean
  conversation: Conversation | null
  assessments: Assessment[]
}

export function traceViewOf({ info, spans }: { info: TraceInfo; spans: SpanJson[] }): TraceView {
  const decoded = spans.map(spanFromJson)
  const tree = buildSpanTree(decoded)
  return {
    info,
    title: info.tags[traceTags.name] || tree.roots[0]?.name || info.traceId,
    sessionId: info.metadata[traceMetadata.session] ?? null,
    runId: info.metadata[traceMetadata.sourceRun] ?? null,
    tree,
    isOpen: info.state === 'IN_PROGRESS' || tree.openCount > 0,
    conversation: readConversation(decoded),
    assessments: standing(info.assessments),
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
