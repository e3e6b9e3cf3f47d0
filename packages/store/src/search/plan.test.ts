import pg from 'pg'
import { expect, inject, test, vi } from 'vitest'
import { testSpan } from '../test-spans.ts'
import { storeOfFile } from '../testing.ts'
import type { TraceQuery } from './query.ts'

const { store, databaseUrl } = await storeOfFile()

/** How the database would go about a search. */
async function planOf(
  filter: string,
  { orderBy = [], order = 'newest', settings = '' }: Partial<TraceQuery & { settings: string }> = {},
): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  await store.search.traceFacts({ experimentIds: ['0'], maxResults: 10, filter, orderBy, order })
  const asked = spy.mock.calls.map(([given]: unknown[]) => given)
  spy.mockRestore()
  const statement = asked.findLast(isSearch)
  if (statement === undefined) throw new Error('no search was sent')
  await client.query(settings)
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement.text}`, statement.values)
  await client.end()
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

function isSearch(given: unknown): given is { text: string; values: unknown[] } {
  return (
    typeof given === 'object' &&
    given !== null &&
    'text' in given &&
    /JOIN traces t|FROM traces t/.test(String(given.text))
  )
}

// What Citus shows is how it asks its machines.
const { citus } = inject('voxtraceTestDatabase')

test
  .skipIf(citus)
  .each([
    "text LIKE '%needle%'",
    "span.name = 'needle'",
    "span.attributes.a = 'needle'",
    'span.attributes.a IS NULL',
    "turn.mood = 'cheerful'",
  ])('%s is looked for trace by trace, not in all spans at once', async (filter) => {
  await store.spans.record({ experimentId: '0', spans: Array.from({ length: 200 }, () => testSpan()) })
  const plan = await planOf(filter)
  expect(plan).toMatch(/on spans s/)
  expect(plan).not.toMatch(/hashed SubPlan|Semi Join|Anti Join|Hash Join|Merge Join/)
})

test.skipIf(citus).each([
  ['timestamp DESC', /Index Scan using traces_newest/, /Sort Key: t\./],
  ['timestamp_ms ASC', /Presorted Key: t\.request_time_ms/, /Seq Scan/],
])('the order %s, which MLflow\u2019s clients ask for, is that of an index', async (order, used, spared) => {
  const plan = await planOf('', {
    orderBy: [order],
    settings: 'SET enable_sort = off; SET enable_bitmapscan = off',
  })
  expect(plan).toMatch(used)
  expect(plan).not.toMatch(spared)
})

test.skipIf(citus).each([
  ['slowest', 'counted_slowest'],
  ['longest', 'counted_longest'],
  ['most_errors', 'counted_errors'],
  ['lowest_score', 'counted_lowest_score'],
  ['most_tokens', 'counted_tokens'],
  ['most_costly', 'counted_cost'],
] as const)('traces are read %s first along an index', async (order, index) => {
  const settings = 'SET enable_sort = off; SET enable_bitmapscan = off; SET enable_hashjoin = off'
  expect(await planOf('', { order, settings })).toMatch(
    new RegExp(`(Index Scan|Index Only Scan) using ${index}`),
  )
  expect(await planOf('', { order, settings })).not.toMatch(/Sort Key: o\./)
})

test.skipIf(citus)(
  'a stretch of time is found by the index, whichever its end and whatever the order',
  async () => {
    const filter = 'timestamp_ms >= 1800000000000 AND timestamp_ms < 1800003600000'
    const settings = 'SET enable_seqscan = off; SET enable_bitmapscan = off'
    for (const order of ['newest', 'slowest'] as const) {
      const plan = await planOf(filter, { order, settings })
      expect(plan).toMatch(
        /using traces_newest on traces t .*\n.*Index Cond: .*request_time_ms >= .*request_time_ms < /,
      )
    }
  },
)
