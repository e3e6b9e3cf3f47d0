import { type TraceSummary, traceMetadata, traceTags } from '@voxtrace/model'
import { conversationJudges, judges } from './judges.ts'
import { type Gap, gapOf } from './latency.ts'
import { type ScoreCell, scoreCellsOf } from './score-cell.ts'

/** A row of the trace list, ready to be drawn. */
export interface TraceRow {
  traceId: string
  experimentId: string
  startMs: number
  durationMs: number | null
  isOpen: boolean
  isError: boolean
  isConversation: boolean
  /** What the user first said, or what the trace is called. */
  title: string
  /** What the trace is called. */
  name: string | null
  userId: string | null
  /** Those that people and their programs set. */
  tags: Record<string, string>
  sessionId: string | null
  gap: Gap | null
  slowestTurn: number | null
  turnCount: number
  interruptedCount: number
  spanCount: number
  errorCount: number
  tokens: number | null
  /** US dollars. */
  cost: number | null
  scores: ScoreCell[]
  /** What is said of the conversation as a whole; null while nothing is. */
  wholeScores: ScoreCell[] | null
  /** Of any judge, of a turn or of the whole; null while there is none. */
  lowestScore: number | null
  judgedCount: number
}

export function traceRowOf(summary: TraceSummary): TraceRow {
  const { info } = summary
  const scores = scoreCellsOf(judges, summary.scores)
  const isOpen = info.state === 'IN_PROGRESS'
  // Judges score turns: a trace that ended without any waits for no score.
  const isAwaited = isOpen || summary.turnCount > 0
  return {
    traceId: info.traceId,
    experimentId: info.experimentId,
    startMs: info.requestTimeMs,
    durationMs: info.executionDurationMs,
    isOpen,
    isError: info.state === 'ERROR',
    isConversation: summary.turnCount > 0,
    title: titleOf(summary),
    name: info.tags[traceTags.name] ?? null,
    userId: info.metadata[traceMetadata.user] ?? null,
    tags: Object.fromEntries(Object.entries(info.tags).filter(([key]) => !key.startsWith('mlflow.'))),
    sessionId: info.metadata[traceMetadata.session] ?? null,
    gap: gapOf(summary.slowestTurn),
    slowestTurn: summary.slowestTurn?.number ?? null,
    turnCount: summary.turnCount,
    interruptedCount: summary.interruptedCount,
    spanCount: summary.spanCount,
    errorCount: summary.errorCount,
    tokens: summary.totalTokens,
    cost: summary.totalCost,
    scores: isAwaited
      ? scores
      : scores.map((cell) => (cell.state === 'pending' ? { ...cell, state: 'unjudged' } : cell)),
    wholeScores: conversationJudges.some(({ name }) => summary.scores.some((score) => score.name === name))
      ? scoreCellsOf(conversationJudges, summary.scores)
      : null,
    lowestScore: lowestOf(summary),
    judgedCount: scores.filter(({ state }) => state !== 'pending').length,
  }
}

function lowestOf({ scores }: TraceSummary): number | null {
  const judged = scores.flatMap(({ name, lowest }) =>
    name.startsWith('judge.') && lowest !== null ? lowest : [],
  )
  return judged.length === 0 ? null : Math.min(...judged)
}

function titleOf({ info, firstUserText }: TraceSummary): string {
  return firstUserText || plainPreview(info.requestPreview) || info.tags[traceTags.name] || info.traceId
}

/** A preview is often the JSON of the inputs; a lone string in them, however deep, reads better bare. */
function plainPreview(preview: string | null): string | null {
  if (!preview) return null
  try {
    const [only, ...others] = leavesOf(JSON.parse(preview))
    if (only === undefined) return null
    return others.length === 0 && typeof only === 'string' ? only : preview
  } catch {
    return preview
  }
}

function leavesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]
}

/** The word for a row's state. */
export function traceStateWord(row: TraceRow): string {
  if (row.isOpen) return row.isConversation ? 'In call' : 'Running'
  if (row.isError) return 'Error'
  if (row.judgedCount === judges.length) return 'Scored'
  if (row.judgedCount > 0) return `Scored ${row.judgedCount}/${judges.length}`
  return 'Done'
}
