/**
 * Tables that grow with traces can be spread over machines by `trace_id` (Citus). What stands against that is looked for in
 * the schema and in every statement that is sent while the store is at work.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore, tablesOfTraces } from './testing.ts'

let store: Store
let client: pg.Client
let close: () => Promise<void>
const sent: string[] = []
beforeAll(async () => {
  const query = pg.Client.prototype.query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [asked] = given
    if (typeof asked === 'string') sent.push(asked)
    else if (typeof asked === 'object' && asked !== null && 'text' in asked) sent.push(String(asked.text))
    return Reflect.apply(query, this, given)
  })
  const opened = await createTestStore()
  ;({ store, close } = opened)
  client = new pg.Client({ connectionString: opened.databaseUrl })
  await client.connect()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await client.end()
  await close()
})

const columnOf = async (statement: string) =>
  (await client.query<{ found: string }>(statement, [tablesOfTraces])).rows.map(({ found }) => found)

describe('the schema', () => {
  test('lists every table that has a trace in its key', async () => {
    const { rows } = await client.query<{ found: string }>(`
      SELECT DISTINCT c.relname AS found FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) AND a.attname = 'trace_id'
      WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace`)
    expect(rows.map(({ found }) => found).sort()).toEqual([...tablesOfTraces].sort())
  })

  test('has the trace in every unique index of a table that is spread', async () => {
    const without = `
      SELECT x.relname AS found FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
      WHERE c.relname = ANY($1) AND i.indisunique AND NOT EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey) AND a.attname = 'trace_id')`
    expect(await columnOf(without)).toEqual([])
  })

  test('has no foreign keys and no triggers on them', async () => {
    const constraints = `
      SELECT conname AS found FROM pg_constraint
      WHERE contype = 'f' AND (conrelid::regclass::text = ANY($1) OR confrelid::regclass::text = ANY($1))`
    expect(await columnOf(constraints)).toEqual([])
    expect(
      await columnOf(
        "SELECT tgname AS found FROM pg_trigger WHERE tgrelid::regclass::text = ANY($1) AND tgname !~ '^truncate_trigger_'",
      ),
    ).toEqual([])
  })
})

test('no statement of a day at work stands against it', async () => {
  const experimentId = await store.experiments.create({ name: 'spread' })
  const roots = [testSpan({ name: 'conversation' }), testSpan({ name: 'conversation' })]
  const spans = roots.flatMap((root) => [root, testTurn(root, { 'turn.number': 1 })])
  const tokens = { 'gen_ai.usage.input_tokens': 1, 'llm.cost.total': 1 }
  const more = roots.map((root) =>
    testSpan({ traceId: root.traceId, parentSpanId: root.spanId, attributes: tokens }),
  )
  await store.spans.record({ experimentId, spans })
  await store.spans.record({ experimentId, spans: [...spans, ...more] })
  const [traceId = '', other = ''] = roots.map((root) => `tr-${root.traceId}`)
  await store.traces.start({ traceId, experimentId, requestTimeMs: 1, state: 'OK', tags: { a: 'b' } })
  await store.traces.setTag(traceId, 'k', 'v')
  const { info } = await store.runs.create({ experimentId, runName: 'r', startTimeMs: 1 })
  await store.traces.linkToRun([traceId, other], info.runId)
  const source = { type: 'HUMAN', id: 'x' } as const
  const { assessmentId } = await store.assessments.create({
    traceId,
    kind: 'feedback',
    name: 'tone',
    value: 3,
    source,
  })
  await store.assessments.create({
    traceId,
    kind: 'feedback',
    name: 'tone',
    value: 4,
    source,
    overrides: assessmentId,
  })
  await store.dashboards.settle()
  await store.summaries.list({ experimentIds: [experimentId], maxResults: 10 })
  await store.recordings.deleteWithoutTrace(0)
  await store.traces.delete({ experimentId, traceIds: [traceId, other] })
  await store.dashboards.settle()

  const statements = sent
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter((text) => tablesOfTraces.some((table) => new RegExp(`\\b${table}\\b`).test(text)))
    .filter((text) => !/^(CREATE|ALTER|DROP)|pgboss|schema_migrations/.test(text))
  const locks = statements.filter((text) => / FOR (NO KEY )?(UPDATE|SHARE)/.test(text))
  expect(locks.length).toBeGreaterThan(5)
  expect(locks.filter((text) => !/\btrace_id = \$\d+\b/.test(text))).toEqual([])
  expect(locks.filter((text) => /SKIP LOCKED/.test(text))).toEqual([])
  expect(
    statements.filter((text) => /\b(RECURSIVE|ctid|MERGE INTO|ROLLUP|GROUPING SETS)\b/.test(text)),
  ).toEqual([])
  const upserts = statements.filter((text) => / ON CONFLICT \(/.test(text))
  expect(upserts.length).toBeGreaterThan(3)
  const targets = upserts.flatMap((text) =>
    [...text.matchAll(/INSERT INTO (\w+)(?:(?!INSERT INTO).)* ON CONFLICT \(([^)]*)\)/g)].filter(
      ([, table]) => table !== undefined && tablesOfTraces.includes(table),
    ),
  )
  expect(targets.filter(([, , target]) => !/\btrace_id\b/.test(target ?? ''))).toEqual([])
  expect(upserts.filter((text) => /DO UPDATE SET(?:(?!RETURNING).)*\b(now|random)\(/.test(text))).toEqual([])
  expect(statements.filter((text) => /UPDATE (\w+)(?: AS)?(?: \w)? SET trace_id\b/.test(text))).toEqual([])
})
