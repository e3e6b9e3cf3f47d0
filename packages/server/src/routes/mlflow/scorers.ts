import { VoxtraceError } from '@voxtrace/model'
import { mlflow, parseFilter } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { jsonOf } from '../../bodies.ts'
import { checkLength, limits } from './limits.ts'

/** MLflow's scorers: judges that clients register in an experiment. */
export function scorerRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const { scorers } = store
  const path = `${base}/scorers`

  app.post(`${path}/register`, async (request) => {
    const scorer = mlflow.readRequest(mlflow.registerScorer, jsonOf(request))
    checkLength('Scorer name', scorer.name, limits.scorerName)
    const version = await scorers.register(scorer.experiment_id, scorer.name, scorer.serialized_scorer)
    return mlflow.registeredScorerMessage(version)
  })

  app.get(`${path}/list`, async (request) => {
    const { experiment_id, experiment_ids } = mlflow.readRequest(mlflow.listScorers, request.query)
    if (experiment_id !== undefined && experiment_ids.length > 0) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        "Cannot specify both 'experiment_id' and 'experiment_ids'.",
      )
    }
    if (experiment_id !== undefined) await store.experiments.requireActive(experiment_id)
    const wanted = experiment_id === undefined ? experiment_ids : [experiment_id]
    const listed = await scorers.list(wanted.length === 0 ? null : wanted)
    return { scorers: listed.map(mlflow.scorerMessage) }
  })

  app.get(`${path}/versions`, async (request) => {
    const { experiment_id, name } = mlflow.readRequest(mlflow.scorer, request.query)
    return { scorers: (await scorers.versions(experiment_id, name)).map(mlflow.scorerMessage) }
  })

  app.get(`${path}/get`, async (request) => {
    const { experiment_id, name, version } = mlflow.readRequest(mlflow.scorerVersion, request.query)
    return { scorer: mlflow.scorerMessage(await scorers.get(experiment_id, name, version ?? null)) }
  })

  app.delete(`${path}/delete`, async (request) => {
    const { experiment_id, name, version } = mlflow.readRequest(mlflow.scorerVersion, jsonOf(request))
    await scorers.delete(experiment_id, name, version ?? null)
    return {}
  })

  app.get(`${path}/online-configs`, async (request) => {
    const { scorer_ids } = mlflow.readRequest(mlflow.onlineScoringConfigs, request.query)
    return { configs: (await scorers.onlineScoring(scorer_ids)).map(mlflow.onlineScoringMessage) }
  })

  app.put(`${path}/online-config`, async (request) => {
    const wish = mlflow.readRequest(mlflow.setOnlineScoringConfig, jsonOf(request))
    if (wish.filter_string !== undefined) parseFilter(wish.filter_string, 'traces')
    if (wish.sample_rate > 0) {
      const { serialized } = await scorers.get(wish.experiment_id, wish.name, null)
      checkGatewayModel(wish.name, mlflow.scorerModel(serialized))
    }
    const config = await scorers.setOnlineScoring(wish.experiment_id, wish.name, {
      sampleRate: wish.sample_rate,
      filter: wish.filter_string ?? null,
    })
    return { config: mlflow.onlineScoringMessage(config) }
  })
}

function checkGatewayModel(name: string, model: string | null): void {
  if (model?.startsWith('gateway:/')) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Scorer '${name}' does not use a gateway model. Automatic evaluation is only supported for scorers that use gateway models.`,
  )
}
