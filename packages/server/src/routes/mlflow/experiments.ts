import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { jsonOf } from '../../bodies.ts'
import { checkExperimentTag, checkLength, limits } from './limits.ts'
import { searchOptions } from './search-options.ts'

export function experimentRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const { experiments } = store

  app.post(`${base}/experiments/create`, async (request) => {
    const { name, artifact_location, tags } = mlflow.readRequest(mlflow.createExperiment, jsonOf(request))
    checkLength('name', name, limits.experimentName)
    checkLocation(artifact_location)
    for (const [key, value] of Object.entries(tags)) checkExperimentTag(key, value)
    const experimentId = await experiments.create({
      name,
      tags,
      ...(artifact_location === undefined ? {} : { artifactLocation: artifact_location }),
    })
    return { experiment_id: experimentId }
  })

  app.get(`${base}/experiments/get`, async (request) => {
    const { experiment_id } = mlflow.readRequest(mlflow.experimentById, request.query)
    return { experiment: mlflow.experimentMessage(await experiments.get(experiment_id)) }
  })

  app.get(`${base}/experiments/get-by-name`, async (request) => {
    const { experiment_name } = mlflow.readRequest(mlflow.experimentByName, request.query)
    const experiment = await experiments.byName(experiment_name)
    if (experiment === null) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `Could not find experiment with name '${experiment_name}'`,
      )
    }
    return { experiment: mlflow.experimentMessage(experiment) }
  })

  app.route({
    method: ['GET', 'POST'],
    url: `${base}/experiments/search`,
    handler: async (request) => {
      const search = mlflow.readRequest(mlflow.searchExperiments, jsonOf(request))
      const page = await store.search.experiments({ ...searchOptions(search), viewType: search.view_type })
      return {
        experiments: page.items.map(mlflow.experimentMessage),
        ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
      }
    },
  })

  app.post(`${base}/experiments/update`, async (request) => {
    const { experiment_id, new_name } = mlflow.readRequest(mlflow.updateExperiment, jsonOf(request))
    checkLength('name', new_name, limits.experimentName)
    await experiments.rename(experiment_id, new_name)
    return {}
  })

  app.post(`${base}/experiments/delete`, async (request) => {
    await experiments.delete(mlflow.readRequest(mlflow.experimentById, jsonOf(request)).experiment_id)
    return {}
  })

  app.post(`${base}/experiments/restore`, async (request) => {
    await experiments.restore(mlflow.readRequest(mlflow.experimentById, jsonOf(request)).experiment_id)
    return {}
  })

  app.post(`${base}/experiments/set-experiment-tag`, async (request) => {
    const { experiment_id, key, value } = mlflow.readRequest(mlflow.setExperimentTag, jsonOf(request))
    checkExperimentTag(key, value)
    await experiments.setTag(experiment_id, key, value)
    return {}
  })

  app.post(`${base}/experiments/delete-experiment-tag`, async (request) => {
    const { experiment_id, key } = mlflow.readRequest(mlflow.deleteExperimentTag, jsonOf(request))
    await experiments.deleteTag(experiment_id, key)
    return {}
  })
}

function checkLocation(location: string | undefined): void {
  if (location === undefined || !/[#;]/.test(location)) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    "'artifact_location' URL can't include fragments or params.",
  )
}
