import type { TraceFacts } from '@voxtrace/model'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import { testSpan } from '../test-spans.ts'
import { createTestStore } from '../testing.ts'

let store: Store
let close: () => Promise<void>
const begin = 1_800_000_000_000_000_000n
const names = ['oldest', 'older', 'newer', 'newest']

beforeAll(async () => {
  const opened = await createTestStore()
  ;({ store, close } = opened)
  const spans = names.map((name, second) =>
    testSpan({ name, startTimeUnixNano: begin + BigInt(second) * 1_000_000_000n }),
  )
  await store.spans.record({ experimentId: '0', spans })
  const client = new pg.Client({ connectionString: opened.databaseUrl })
  await client.connect()
  // As if each had so many spans that a search reads no more than two at once.
  await client.query('UPDATE traces SET span_count = 200000')
  await client.end()
})
afterAll(() => close())

/** What each page of a search holds, by the names of the traces. */
async function pagesOf(filter: string, orderBy: string[] = []): Promise<(string | undefined)[][]> {
  const pages: TraceFacts[][] = []
  let pageToken: string | null = null
  do {
    const query = { experimentIds: ['0'], maxResults: 10, filter, orderBy, pageToken }
    const page: { items: TraceFacts[]; nextPageToken: string | null } = await store.search.traceFacts(query)
    pages.push(page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return pages.map((items) => items.map(({ tags }) => tags['mlflow.traceName']))
}

test.each([[[]], [['timestamp DESC']], [['attributes.timestamp_ms desc']]])(
  'a search that reads spans stops after so many and goes on with its token, ordered by %j',
  async (orderBy) => {
    expect(await pagesOf("span.name = 'nowhere'", orderBy)).toEqual([[], [], []])
    expect(await pagesOf("span.name LIKE 'old%'", orderBy)).toEqual([[], ['older', 'oldest'], []])
  },
)

test('what other conditions exclude is not counted', async () => {
  expect(await pagesOf("span.name = 'nowhere' AND timestamp_ms >= 1800000003000")).toEqual([[]])
  expect(await pagesOf("span.name LIKE '%est' AND tags.`mlflow.traceName` = 'oldest'")).toEqual([['oldest']])
})

test('a search that reads no spans goes to the end', async () => {
  expect(await pagesOf("name LIKE '%e%'")).toEqual([['newest', 'newer', 'older', 'oldest']])
})
