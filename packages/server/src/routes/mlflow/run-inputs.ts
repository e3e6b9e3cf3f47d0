import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'

const mostExperiments = 20
const modelHistoryTag = 'mlflow.log-model.history'

const modelInfo = z.looseObject({
  artifact_path: z.string(),
  flavors: z.record(z.string(), z.json()),
  utc_time_created: z.string(),
  run_id: z.string(),
})

/** What runs used and made: datasets and models. */
export function runInputRoutes(app: FastifyInstance, base: string, store: Store): void {
  app.post(`${base}/runs/log-inputs`, async (request) => {
    const given = mlflow.readRequest(mlflow.logInputs, jsonOf(request))
    await store.runs.logInputs(given.run_id, { datasets: given.datasets, inputs: given.models })
    return {}
  })

  app.post(`${base}/runs/outputs`, async (request) => {
    const given = mlflow.readRequest(mlflow.logOutputs, jsonOf(request))
    await store.runs.logInputs(given.run_id, { outputs: given.models })
    return {}
  })

  app.post(`${base}/runs/log-model`, async (request) => {
    const { run_id, model_json } = mlflow.readRequest(mlflow.logModel, jsonOf(request))
    const model = mlflow.readRequest(modelInfo, parsed(model_json))
    const known = (await store.runs.get(run_id)).tags[modelHistoryTag]
    const history = z.array(z.json()).safeParse(known === undefined ? [] : parsed(known))
    await store.runs.log(run_id, {
      tags: { [modelHistoryTag]: JSON.stringify([...(history.success ? history.data : []), model]) },
    })
    return {}
  })

  app.post(`${base}/experiments/search-datasets`, async (request) => {
    const { experiment_ids } = mlflow.readRequest(mlflow.searchUsedDatasets, jsonOf(request))
    if (experiment_ids.length === 0) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        'SearchDatasets request must specify at least one experiment_id.',
      )
    }
    if (experiment_ids.length > mostExperiments) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `SearchDatasets request cannot specify more than ${mostExperiments} experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
      )
    }
    const used = await store.runs.usedDatasets(experiment_ids)
    return {
      dataset_summaries: used.map(({ experimentId, name, digest, context }) => ({
        experiment_id: experimentId,
        name,
        digest,
        ...(context === null ? {} : { context }),
      })),
    }
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Malformed model info. ${text.slice(0, 200)} is not a valid JSON.`,
    )
  }
}
