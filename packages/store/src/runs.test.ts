import { beforeAll, describe, expect, test } from 'vitest'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

let experimentId: string
beforeAll(async () => {
  experimentId = await store.experiments.create({ name: 'runs', tags: { team: 'voice' } })
})

const search = async (filter: string, orderBy: string[] = [], within = experimentId) =>
  (await store.search.runs({ experimentIds: [within], filter, orderBy, maxResults: 100 })).items.map(
    (run) => run.info.runName,
  )

describe('experiments', () => {
  test('are found by id and by name, and keep their tags', async () => {
    const experiment = await store.experiments.get(experimentId)
    expect(experiment).toMatchObject({ name: 'runs', tags: { team: 'voice' }, lifecycleStage: 'active' })
    expect(await store.experiments.byName('runs')).toEqual(experiment)
    await expect(store.experiments.get('424242')).rejects.toThrow('No Experiment with id=424242 exists')
    await expect(store.experiments.get('not a number')).rejects.toThrow(
      "Invalid experiment ID 'not a number'. Experiment ID must be a valid integer.",
    )
  })

  test('keep a name to themselves, also while deleted', async () => {
    const id = await store.experiments.create({ name: 'once' })
    await expect(store.experiments.create({ name: 'once' })).rejects.toThrow(
      'Experiment(name=once) already exists.',
    )
    await store.experiments.delete(id)
    await expect(store.experiments.create({ name: 'once' })).rejects.toThrow('it is deleted')
    await expect(store.runs.create({ experimentId: id })).rejects.toThrow("must be in the 'active' state")
    await store.experiments.restore(id)
    await store.experiments.rename(id, 'twice')
    await expect(store.experiments.rename(id, 'runs')).rejects.toThrow('already exists')
    await store.experiments.delete(await store.experiments.create({ name: 'gone' }))
    await expect(store.experiments.rename(id, 'gone')).rejects.toThrow('it is deleted')
    await expect(store.experiments.delete('0')).rejects.toThrow('default experiment')
  })

  test('are made once when many ask for a name at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => store.experiments.idByName('at once')))
    expect(new Set(ids).size).toBe(1)
  })

  test('are searched by name and tag', async () => {
    const page = await store.search.experiments({
      filter: "name LIKE 'ru%' AND tags.team = 'voice'",
      maxResults: 10,
    })
    expect(page.items.map((experiment) => experiment.name)).toEqual(['runs'])
  })
})

describe('runs', () => {
  test('keep params, tags and the latest of each metric', async () => {
    const { info } = await store.runs.create({
      experimentId,
      runName: 'first',
      tags: { a: '1' },
      startTimeMs: 1,
    })
    const at = (value: number, step: number, timestampMs = 5) => ({ key: 'm', value, step, timestampMs })
    await store.runs.log(info.runId, { metrics: [at(1, 2), at(9, 1)], params: { p: 'x' }, tags: { a: '2' } })
    await store.runs.log(info.runId, { metrics: [at(7, 0), at(3, 2), at(2, 2), at(2, 2)] })
    const run = await store.runs.get(info.runId)
    expect(run).toMatchObject({
      info: {
        runName: 'first',
        status: 'RUNNING',
        endTimeMs: null,
        artifactUri: `mlflow-artifacts:/${experimentId}/${info.runId}/artifacts`,
      },
      metrics: [{ key: 'm', value: 3, step: 2 }],
      params: { p: 'x' },
      tags: { a: '2', 'mlflow.runName': 'first' },
    })
    const history = await store.metrics.historyPage({ runIds: [info.runId], key: 'm', maxResults: 3 })
    const rest = await store.metrics.historyPage({
      runIds: [info.runId],
      key: 'm',
      maxResults: 3,
      pageToken: history.nextPageToken,
    })
    expect([...history.items, ...rest.items].map((metric) => metric.value)).toEqual([7, 9, 1, 2, 3])
    expect(rest.nextPageToken).toBeNull()
  })

  test('keep NaN, and hold infinities as the largest finite numbers', async () => {
    const { info } = await store.runs.create({ experimentId, runName: 'odd', startTimeMs: 2 })
    const metrics = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value, index) => ({
      key: `m${index}`,
      value,
      step: 0,
      timestampMs: 1,
    }))
    await store.runs.log(info.runId, { metrics })
    const values = (await store.runs.get(info.runId)).metrics.map((metric) => metric.value)
    expect(values).toEqual([Number.NaN, Number.MAX_VALUE, -Number.MAX_VALUE])
  })

  test('refuse another value of a param, and then keep nothing of the batch', async () => {
    const { info } = await store.runs.create({ experimentId, runName: 'strict', startTimeMs: 3 })
    await store.runs.log(info.runId, { params: { p: '1' } })
    await store.runs.log(info.runId, { params: { p: '1' } })
    await expect(
      store.runs.log(info.runId, {
        params: { p: '2' },
        metrics: [{ key: 'k', value: 1, step: 0, timestampMs: 1 }],
      }),
    ).rejects.toThrow('Changing param values is not allowed')
    expect((await store.runs.get(info.runId)).metrics).toEqual([])
  })

  test('lose nothing when many log at once', async () => {
    const { info } = await store.runs.create({ experimentId, runName: 'busy', startTimeMs: 4 })
    await Promise.all(
      Array.from({ length: 20 }, (_, step) =>
        store.runs.log(info.runId, {
          metrics: [{ key: 'k', value: step, step, timestampMs: step }],
          tags: { t: String(step) },
        }),
      ),
    )
    const history = await store.metrics.historyPage({ runIds: [info.runId], key: 'k', maxResults: 100 })
    expect(history.items).toHaveLength(20)
    expect((await store.runs.get(info.runId)).metrics[0]?.value).toBe(19)
    const thinned = await store.metrics.historyInterval({
      runIds: [info.runId],
      key: 'k',
      startStep: null,
      endStep: null,
      maxResults: 5,
    })
    expect(thinned.map((metric) => metric.step)).toEqual([0, 4, 8, 12, 19])
  })

  test('are hidden while deleted, and take nothing then', async () => {
    const { info } = await store.runs.create({ experimentId, runName: 'gone', startTimeMs: 9 })
    await store.runs.delete(info.runId)
    expect(await search('')).not.toContain('gone')
    await expect(store.runs.log(info.runId, { tags: { a: 'b' } })).rejects.toThrow(
      "must be in the 'active' state",
    )
    await store.runs.restore(info.runId)
    await store.runs.update(info.runId, { status: 'FAILED', endTimeMs: 10, runName: 'back' })
    expect((await store.runs.get(info.runId)).info).toMatchObject({
      status: 'FAILED',
      endTimeMs: 10,
      runName: 'back',
    })
    await expect(store.runs.get('no such run')).rejects.toThrow('Run with id=no such run not found')
  })
})

describe('searching runs', () => {
  let searched: string
  const found = (filter: string, orderBy?: string[]) => search(filter, orderBy, searched)
  beforeAll(async () => {
    searched = await store.experiments.create({ name: 'searched' })
    for (const [index, runName] of ['first', 'odd', 'strict', 'busy'].entries()) {
      const { info } = await store.runs.create({ experimentId: searched, runName, startTimeMs: index + 1 })
      if (runName !== 'first') continue
      const metrics = [{ key: 'm', value: 3, step: 2, timestampMs: 5 }]
      await store.runs.log(info.runId, { metrics, params: { p: 'x' }, tags: { a: '2' } })
    }
  })

  test('are searched and ordered by all that they have', async () => {
    expect(await found("params.p = 'x' AND metrics.m >= 3 AND tags.a = '2'")).toEqual(['first'])
    expect(
      await found("attributes.run_name IN ('odd', 'busy')").catch((error: Error) => error.message),
    ).toBeDefined()
    expect(await found("attributes.status = 'RUNNING'", ['metrics.m DESC', 'start_time ASC'])).toEqual([
      'first',
      'odd',
      'strict',
      'busy',
    ])
    expect(await found("run_name = 'odd' OR run_name = 'busy'", ['start_time ASC'])).toEqual(['odd', 'busy'])
    expect(await found("NOT tags.a = '2'", ['start_time ASC'])).toEqual(['odd', 'strict', 'busy'])
    await expect(found('metrics.m is large')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  })

  test('come in pages that neither repeat nor skip', async () => {
    const names: string[] = []
    let pageToken: string | null = null
    do {
      const page: Awaited<ReturnType<typeof store.search.runs>> = await store.search.runs({
        experimentIds: [searched],
        maxResults: 3,
        pageToken,
      })
      names.push(...page.items.map((run) => run.info.runName))
      pageToken = page.nextPageToken
    } while (pageToken !== null)
    expect(names).toEqual(['busy', 'strict', 'odd', 'first'])
    await expect(
      store.search.runs({ experimentIds: [searched], maxResults: 3, pageToken: 'nonsense' }),
    ).rejects.toThrow("Invalid page token 'nonsense'")
  })
})
