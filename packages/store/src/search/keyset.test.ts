import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testSpan } from '../test-spans.ts'
import { storeOfFile } from '../testing.ts'

const { store } = await storeOfFile()

const begin = 1_800_000_000_000_000_000n
const traceAt = (second: number) => testSpan({ startTimeUnixNano: begin + BigInt(second) * 1_000_000_000n })

/** Every page of a search, two items a page; `between` acts after each. */
async function pages<Item>(
  search: (page: {
    maxResults: number
    pageToken: string | null
  }) => Promise<{ items: Item[]; nextPageToken: string | null }>,
  between: () => Promise<void> = async () => {},
): Promise<Item[]> {
  const found: Item[] = []
  let pageToken: string | null = null
  do {
    const page: { items: Item[]; nextPageToken: string | null } = await search({ maxResults: 2, pageToken })
    found.push(...page.items)
    pageToken = page.nextPageToken
    await between()
  } while (pageToken !== null)
  return found
}

describe('pages', () => {
  test('neither repeat nor miss a trace while others come, over several experiments', async () => {
    const one = await store.experiments.create({ name: randomUUID() })
    const other = await store.experiments.create({ name: randomUUID() })
    const spans = [0, 1, 1, 1, 2, 3, 3].map(traceAt)
    for (const [index, span] of spans.entries())
      await store.spans.record({ experimentId: index % 2 === 0 ? one : other, spans: [span] })
    let later = 10
    const found = await pages(
      (page) => store.search.traces({ ...page, experimentIds: [one, other] }),
      () => store.spans.record({ experimentId: one, spans: [traceAt(later++)] }),
    )
    const expected = spans
      .toSorted(
        (a, b) => Number(b.startTimeUnixNano - a.startTimeUnixNano) || (a.traceId < b.traceId ? -1 : 1),
      )
      .map((span) => `tr-${span.traceId}`)
    expect(found.map((info) => info.traceId)).toEqual(expected)
  })

  test('hold in an order whose values are equal or absent', async () => {
    const experimentId = await store.experiments.create({ name: randomUUID() })
    const values = ['b', null, 'a', 'b', null, 'a', 'c']
    for (const [index, value] of values.entries()) {
      const span = traceAt(index)
      await store.spans.record({ experimentId, spans: [span] })
      if (value !== null) await store.traces.setTag(`tr-${span.traceId}`, 'letter', value)
    }
    for (const [direction, expected] of [
      ['ASC', ['a', 'a', 'b', 'b', 'c', undefined, undefined]],
      ['DESC', ['c', 'b', 'b', 'a', 'a', undefined, undefined]],
    ] as const) {
      const orderBy = [`tags.letter ${direction}`]
      const found = await pages((page) =>
        store.search.traces({ ...page, experimentIds: [experimentId], orderBy }),
      )
      expect(found.map((info) => info.tags.letter)).toEqual(expected)
      expect(new Set(found.map((info) => info.traceId)).size).toBe(values.length)
    }
  })

  test('hold for traces with a tag, be they few or many', async () => {
    const experimentId = await store.experiments.create({ name: randomUUID() })
    const spans = Array.from({ length: 1005 }, (_, index) => traceAt(index))
    await store.spans.record({ experimentId, spans: spans.map((span) => ({ ...span, name: 'common' })) })
    for (const span of spans.slice(3, 6)) await store.traces.setTag(`tr-${span.traceId}`, 'kind', 'rare')
    const find = (filter: string, maxResults: number) =>
      store.search.traces({ experimentIds: [experimentId], filter, maxResults })
    const rare = spans
      .slice(3, 6)
      .map((span) => `tr-${span.traceId}`)
      .toReversed()
    expect((await find("tags.kind = 'rare'", 10)).items.map((info) => info.traceId)).toEqual(rare)
    expect((await find("tags.kind = 'rare' AND name = 'common'", 10)).items.length).toBe(3)
    expect((await find("NOT tags.kind = 'rare'", 2000)).items.length).toBe(1002)
    expect((await find("name = 'common'", 2000)).items.length).toBe(1005)
    expect((await find("tags.kind = 'rare' OR name = 'common'", 2000)).items.length).toBe(1005)
    // Now it is known that many are called so.
    expect((await find("name = 'common'", 2000)).items.length).toBe(1005)
    expect((await find("name = 'common' AND tags.kind = 'rare'", 10)).items.length).toBe(3)
  })

  test('hold for runs by metric, NaN among them, for experiments and for histories', async () => {
    const experimentId = await store.experiments.create({ name: randomUUID() })
    const runIds: string[] = []
    for (const value of [3, Number.NaN, 1, 0.1 + 0.2, undefined]) {
      const run = await store.runs.create({ experimentId })
      runIds.push(run.info.runId)
      const metrics = value === undefined ? [] : [{ key: 'm', value, timestampMs: 1, step: 0 }]
      await store.runs.log(run.info.runId, { metrics })
    }
    const orderBy = ['metrics.m ASC']
    const runs = await pages((page) => store.search.runs({ ...page, experimentIds: [experimentId], orderBy }))
    expect(runs.map((run) => run.metrics[0]?.value)).toEqual([0.1 + 0.2, 1, 3, Number.NaN, undefined])
    const history = await pages((page) => store.metrics.historyPage({ ...page, runIds, key: 'm' }))
    expect(history.map((metric) => metric.runId)).toEqual(runIds.slice(0, 4).sort())
    const experiments = await pages((page) => store.search.experiments(page))
    expect(experiments.length).toBe(new Set(experiments.map((each) => each.experimentId)).size)
  })

  test('refuse a token that is not theirs', async () => {
    const experimentId = await store.experiments.create({ name: randomUUID() })
    for (const second of [0, 1, 2]) await store.spans.record({ experimentId, spans: [traceAt(second)] })
    const search = (pageToken: string, orderBy: string[] = []) =>
      store.search.traces({ experimentIds: [experimentId], maxResults: 1, pageToken, orderBy })
    const { nextPageToken } = await search('')
    await expect(search('nonsense')).rejects.toThrow("Invalid page token 'nonsense', could not decode it")
    await expect(search(nextPageToken ?? '', ['timestamp_ms ASC'])).rejects.toThrow(
      'it belongs to another order',
    )
    const forged = JSON.parse(Buffer.from(nextPageToken ?? '', 'base64url').toString())
    for (const after of [[], ['x', 'y'], ['1'], [null, 'y'], ['1', 2], ['9'.repeat(19), 'y']]) {
      const token = Buffer.from(JSON.stringify({ ...forged, after })).toString('base64url')
      await expect(search(token)).rejects.toThrow('could not decode it')
    }
  })

  test('of a trace bring its spans without payloads, and one span with it', async () => {
    const root = testSpan({ startTimeUnixNano: begin })
    const children = [3, 1, 2, 2].map((second) =>
      testSpan({
        ...traceAt(second),
        traceId: root.traceId,
        parentSpanId: root.spanId,
        attributes: { second },
      }),
    )
    await store.spans.record({ experimentId: '0', spans: [root, ...children] })
    const traceId = `tr-${root.traceId}`
    const found = await pages((page) => store.spans.outline(traceId, page))
    const starts = [root, ...children].map((span) => span.startTimeUnixNano.toString()).sort()
    expect(found.map((span) => span.startTimeUnixNano)).toEqual(starts)
    expect(new Set(found.map((span) => span.spanId)).size).toBe(5)
    expect(Object.keys(found[0] ?? {})).not.toContain('attributes')
    expect(await store.spans.get(traceId, children[0]?.spanId ?? '')).toEqual(children[0])
    await expect(store.spans.get(traceId, 'none')).rejects.toThrow("Span with ID 'none' not found")
    await expect(store.spans.outline('tr-none', { maxResults: 1 })).rejects.toThrow("'tr-none' not found")
  })

  test('of models, versions, datasets and logged models neither repeat nor skip while others change', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `paged-${index}`)
    for (const name of names) {
      await store.registeredModels.create({ name, description: '', tags: {} })
      await store.evaluationDatasets.create({ name, experimentIds: [], tags: {} })
    }
    const filter = "name LIKE 'paged-%'"
    let extra = 0
    const models = await pages(
      (page) => store.registeredModels.search({ ...page, filter }),
      async () => {
        // Comes before what has been shown, which shifted every page that was counted from the first.
        await store.registeredModels.create({
          name: `paged-${'!'.repeat(++extra)}`,
          description: '',
          tags: {},
        })
      },
    )
    expect(models.map(({ name }) => name)).toEqual(names)
    const datasets = await pages(
      (page) =>
        store.evaluationDatasets.search({ ...page, filter, experimentIds: [], orderBy: ['name DESC'] }),
      async () => {
        await store.evaluationDatasets.create({ name: `paged-z${++extra}`, experimentIds: [], tags: {} })
      },
    )
    expect(datasets.map(({ name }) => name)).toEqual(names.toReversed())
    const last = await store.registeredModels.search({ maxResults: 2, filter })
    await expect(
      store.evaluationDatasets.search({
        maxResults: 2,
        filter,
        experimentIds: [],
        pageToken: last.nextPageToken,
      }),
    ).rejects.toThrow('it belongs to another order')
  })
})
