import { setTimeout as sleep } from 'node:timers/promises'
import { conversationCriteria, judgementName, type Log, traceMetadata } from '@voxtrace/model'
import { sql } from 'kysely'
import { BinaryRows } from '../copy-in.ts'
import type { Connection, Database, Transaction } from '../database.ts'
import { jsonText } from '../json-text.ts'
import type { Live } from '../live.ts'
import { scoreValue } from '../search/assessment-fields.ts'
import { numberIn } from '../search/conditions.ts'
import { sumUpLargeTraces } from '../trace-usage.ts'
import { refreshLargeTraces } from '../turns.ts'
import { type CountedCall, type CountedScore, type CountedTurn, contributionOf } from './contribution.ts'
import { type CountedPlace, countSessions } from './counted-sessions.ts'
import { readCountedTwice } from './counted-twice.ts'
import { FiguresChange, type KeptCell, type KeptTrace } from './figures-change.ts'
import { type RankedTrace, type Ranks, rankColumns, ranksOf, writeRanks } from './ranks.ts'
import { type CountedSize, RestingTraces } from './resting-traces.ts'

/** So few that counting them holds up no request for long. */
const tracesPerRound = 100
/** How long after a change the figures are brought up to date. */
const everyMs = 1_000
/** Any number that no other advisory lock of ours has. */
const countingLock = 8_437_211

const conversationNames = conversationCriteria.map(judgementName)

/** Notes that traces have changed, or are gone, in the transaction that changes them. */
export async function markForCounting(connection: Connection, traceIds: string[]): Promise<void> {
  if (traceIds.length === 0) return
  await connection.rows(sql`INSERT INTO traces_to_count (trace_id) SELECT unnest(${traceIds}::text[])`)
}

/**
 * Brings the figures, and the usage and turns of large traces, up to date with traces that were marked; one process at a time, others return at once. What a
 * trace contributes is computed anew and what it had contributed is taken back, so it matters not how often or in
 * what order its parts came. Returns whether more is to be done.
 *
 * @param resting traces that are left for later, but for their turns; those that are counted rest from then on
 */
export async function countMarked(
  database: Database,
  live: Live,
  resting: RestingTraces | null = null,
): Promise<boolean> {
  const { more, experimentIds, counted } = await database.transaction((transaction) =>
    countRound(transaction, database, live, resting?.ids() ?? []),
  )
  resting?.add(counted)
  for (const experimentId of experimentIds) live.announce({ type: 'figures', experimentId })
  return more
}

interface Round {
  /** Whether more is to be done. */
  more: boolean
  /** Those whose figures are up to date with this round. */
  experimentIds: string[]
  counted: CountedSize[]
}

const nothingDone: Round = { more: false, experimentIds: [], counted: [] }

async function countRound(
  transaction: Transaction,
  database: Database,
  live: Live,
  restingIds: string[],
): Promise<Round> {
  const [lock] = await transaction.rows(
    sql<{ held: boolean }>`SELECT pg_try_advisory_xact_lock(${countingLock}) AS held`,
  )
  if (lock?.held !== true) return nothingDone
  const marked = await transaction.rows(sql<{ id: string; traceId: string }>`
      SELECT id::text, trace_id AS "traceId" FROM traces_to_count WHERE trace_id <> ALL(${restingIds}::text[])
      ORDER BY id LIMIT ${tracesPerRound}`)
  const traceIds = [...new Set(marked.map((row) => row.traceId))]
  for (const trace of await refreshLargeTraces(database, [...traceIds, ...restingIds]))
    live.announce({ type: 'trace', ...trace, change: 'updated' })
  if (marked.length === 0) return nothingDone
  await sumUpLargeTraces(database, traceIds)
  // What is written from here on has marks of its own.
  await transaction.rows(
    sql`DELETE FROM traces_to_count WHERE id = ANY(${marked.map((row) => row.id)}::bigint[])`,
  )
  return { more: marked.length === tracesPerRound, ...(await countTraces(transaction, traceIds)) }
}

type OfTrace<Row> = Row & { traceId: string }

type Kept = OfTrace<KeptTrace> & CountedPlace & CountedSize & { ranks: Ranks }

/** Returns the experiments that the traces are in, or were. */
async function countTraces(transaction: Transaction, traceIds: string[]): Promise<Omit<Round, 'more'>> {
  // Of a table that has grown since it was last looked at, the planner would read every row for these few traces.
  await transaction.text('SET LOCAL enable_seqscan = off')
  const before = await transaction.rows(sql<KeptTrace & CountedPlace>`
    DELETE FROM counted_traces WHERE trace_id = ANY(${traceIds})
    RETURNING experiment_id::text AS "experimentId", session_id AS "sessionId", cells`)
  const now = await readContributions(transaction, traceIds)
  await keep(transaction, now)
  await countSessions(transaction, [...before, ...now])
  const change = new FiguresChange()
  for (const trace of before) change.add(trace, -1)
  for (const trace of now) change.add(trace, 1)
  await change.write(transaction)
  return {
    experimentIds: [...new Set([...before, ...now].map(({ experimentId }) => experimentId))],
    counted: now,
  }
}

/** What is told of traces as wholes. */
const toldTokens = sql`(metadata ->> ${traceMetadata.tokenUsage})`
const toldCost = sql`(metadata ->> ${traceMetadata.cost})`
const told = sql`
  ${numberIn(toldTokens, 'input_tokens')} AS "inputTokens", ${numberIn(toldTokens, 'output_tokens')} AS "outputTokens",
  ${numberIn(toldTokens, 'total_tokens')} AS "totalTokens", ${numberIn(toldCost, 'input_cost')} AS "inputCost",
  ${numberIn(toldCost, 'output_cost')} AS "outputCost", ${numberIn(toldCost, 'total_cost')} AS "totalCost"`

async function readContributions(transaction: Connection, traceIds: string[]): Promise<Kept[]> {
  const traces = await transaction.rows(sql<OfTrace<RankedTrace> & CountedPlace & { hour: number }>`
    SELECT trace_id AS "traceId", experiment_id::text AS "experimentId",
      metadata ->> ${traceMetadata.session} AS "sessionId", request_time_ms / 3600000 AS hour,
      request_time_ms AS "requestTimeMs", ${told},
      execution_duration_ms AS "durationMs", state, span_count AS "spanCount", error_count AS "errorCount",
      ARRAY(SELECT ARRAY[key, each.value] FROM jsonb_each_text(tags) AS each
        WHERE key NOT LIKE 'mlflow.%' AND length(key) <= 60 AND length(each.value) <= 100 ORDER BY key LIMIT 8) AS tags
    FROM traces WHERE trace_id = ANY(${traceIds})`)
  const calls = await transaction.rows(sql<OfTrace<CountedCall>>`
    SELECT trace_id AS "traceId", span_id AS "spanId", left(model, 200) AS model,
      (end_time_ns - start_time_ns) / 1e6::float8 AS "durationMs", first_token_ms AS "firstTokenMs", input_tokens AS "inputTokens",
      output_tokens AS "outputTokens", total_tokens AS "totalTokens", input_cost AS "inputCost",
      output_cost AS "outputCost", total_cost AS "totalCost"
    FROM spans
    WHERE trace_id = ANY(${traceIds}) AND (model IS NOT NULL OR total_tokens IS NOT NULL OR total_cost IS NOT NULL)`)
  const turns = await transaction.rows(sql<OfTrace<CountedTurn>>`
    SELECT trace_id AS "traceId", number, interrupted, voice_to_voice_ms AS "voiceToVoiceMs", latency -> 'parts' AS parts
    FROM turns WHERE trace_id = ANY(${traceIds})`)
  const scores = await transaction.rows(sql<OfTrace<CountedScore>>`
    SELECT trace_id AS "traceId", left(name, 200) AS name,
      CASE source_type WHEN 'HUMAN' THEN 'human_score' ELSE 'score' END AS metric,
      ${scoreValue} AS number,
      span_id IS NULL AND name = ANY(${conversationNames}) AS "isOfConversation"
    FROM assessments a WHERE trace_id = ANY(${traceIds}) AND kind = 'feedback' AND valid AND error IS NULL`)
  const twice = await readCountedTwice(transaction, traceIds)
  const callsOf = byTrace(calls)
  const turnsOf = byTrace(turns)
  const scoresOf = byTrace(scores)
  const twiceOf = byTrace(twice)
  return traces.map(({ traceId, experimentId, sessionId, hour, ...trace }) => {
    const cells = contributionOf(
      trace,
      callsOf.get(traceId) ?? [],
      turnsOf.get(traceId) ?? [],
      scoresOf.get(traceId) ?? [],
      twiceOf.get(traceId) ?? [],
    ).map(
      ({ metric, dimension, value, bucket, count, sum }): KeptCell => [
        metric,
        dimension,
        hour,
        value,
        bucket,
        count,
        sum,
      ],
    )
    const ranks = ranksOf(trace, turnsOf.get(traceId) ?? [], scoresOf.get(traceId) ?? [])
    return { traceId, experimentId, sessionId, cells, ranks, spanCount: trace.spanCount }
  })
}

function byTrace<Row extends { traceId: string }>(rows: Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ traceId }) => traceId)
}

async function keep(transaction: Transaction, traces: Kept[]): Promise<void> {
  if (traces.length === 0) return
  const rows = new BinaryRows()
  for (const { traceId, experimentId, sessionId, cells, ranks } of traces) {
    rows.begin(4 + rankColumns.length)
    rows.text(traceId)
    rows.bigint(BigInt(experimentId))
    rows.text(sessionId)
    rows.text(jsonText(cells))
    writeRanks(rows, ranks)
  }
  const columns = ['trace_id', 'experiment_id', 'session_id', 'cells', ...rankColumns].join(', ')
  await transaction.copyIn([{ text: `COPY counted_traces (${columns}) FROM STDIN (FORMAT binary)`, rows }])
}

/** Keeps the figures up to date until it is stopped. */
export class Counting {
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(database: Database, live: Live, log: Log) {
    this.#running = this.#run(database, live, log)
  }

  async #run(database: Database, live: Live, log: Log): Promise<void> {
    const { signal } = this.#stopping
    const resting = new RestingTraces()
    let failed = false
    while (!signal.aborted) {
      let more = false
      try {
        more = await countMarked(database, live, resting)
        failed = false
      } catch (error) {
        if (!failed) log.warn('figures of dashboards could not be kept', { reason: String(error) })
        failed = true
      }
      if (!more) await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Finishes the round under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }
}
