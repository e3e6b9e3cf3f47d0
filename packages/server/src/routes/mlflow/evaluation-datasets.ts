import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'
import { checkLength, limits } from './limits.ts'
import { searchOptions } from './search-options.ts'

const inPath = z.object({ dataset_id: z.string().min(1) })
const tagInPath = inPath.extend({ key: z.string().min(1) })

/** MLflow's evaluation datasets and their records. */
export function evaluationDatasetRoutes(
  app: FastifyInstance,
  base: string,
  { store }: { store: Store },
): void {
  const { evaluationDatasets: datasets, datasetRecords: records } = store
  const idOf = (request: { params: unknown }) => mlflow.readRequest(inPath, request.params).dataset_id

  app.post(`${base}/datasets/create`, async (request) => {
    const { name, experiment_ids, tags } = mlflow.readRequest(mlflow.createDataset, jsonOf(request))
    checkLength('Dataset name', name, limits.datasetName)
    return {
      dataset: mlflow.datasetMessage(await datasets.create({ name, experimentIds: experiment_ids, tags })),
    }
  })

  app.route({
    method: ['GET', 'POST'],
    url: `${base}/datasets/search`,
    handler: async (request) => {
      const { filter_string, experiment_ids, ...search } = mlflow.readRequest(
        mlflow.searchDatasets,
        jsonOf(request),
      )
      const page = await datasets.search({
        ...searchOptions({ ...search, filter: filter_string }),
        experimentIds: experiment_ids,
      })
      return {
        datasets: page.items.map(mlflow.datasetMessage),
        ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
      }
    },
  })

  const one = `${base}/datasets/:dataset_id`

  app.get(one, async (request) => ({ dataset: mlflow.datasetMessage(await datasets.get(idOf(request))) }))

  app.delete(one, async (request) => {
    await datasets.delete(idOf(request))
    return {}
  })

  app.patch(`${one}/tags`, async (request) => {
    const { tags } = mlflow.readRequest(mlflow.setDatasetTags, jsonOf(request))
    return { dataset: mlflow.datasetMessage(await datasets.setTags(idOf(request), tags)) }
  })

  app.delete(`${one}/tags/:key`, async (request) => {
    const { dataset_id, key } = mlflow.readRequest(tagInPath, request.params)
    await datasets.deleteTag(dataset_id, key)
    return {}
  })

  app.post(`${one}/records`, async (request) => {
    const added = mlflow.readRequest(mlflow.upsertDatasetRecords, jsonOf(request))
    const { inserted, updated } = await records.upsert(idOf(request), added.records)
    return { inserted_count: inserted, updated_count: updated }
  })

  app.get(`${one}/records`, async (request) => {
    const query = mlflow.readRequest(mlflow.datasetRecords, request.query)
    const page = await records.page(idOf(request), {
      maxResults: query.max_results,
      pageToken: query.page_token ?? null,
    })
    return {
      records: JSON.stringify(page.items.map(mlflow.datasetRecordMessage)),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.delete(`${one}/records`, async (request) => {
    const { dataset_record_ids } = mlflow.readRequest(mlflow.deleteDatasetRecords, jsonOf(request))
    return { deleted_count: await records.delete(idOf(request), dataset_record_ids) }
  })

  app.get(`${one}/experiment-ids`, async (request) => ({
    experiment_ids: (await datasets.get(idOf(request))).experimentIds,
  }))

  app.post(`${one}/add-experiments`, async (request) => {
    const { experiment_ids } = mlflow.readRequest(mlflow.datasetExperiments, jsonOf(request))
    return {
      dataset: mlflow.datasetMessage(await datasets.addToExperiments(idOf(request), experiment_ids)),
    }
  })

  app.post(`${one}/remove-experiments`, async (request) => {
    const { experiment_ids } = mlflow.readRequest(mlflow.datasetExperiments, jsonOf(request))
    return {
      dataset: mlflow.datasetMessage(await datasets.removeFromExperiments(idOf(request), experiment_ids)),
    }
  })
}
