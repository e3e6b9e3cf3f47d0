import type { Log } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import { type FastifyInstance, fastify } from 'fastify'
import { Admission, announcedBytes } from './admission.ts'
import type { ArtifactStorage } from './artifacts/artifact-storage.ts'
import { largestBodyBytes } from './bodies.ts'
import { answerError } from './errors.ts'
import { guardOrigin, type OriginRules } from './origin.ts'
import { botRoutes } from './routes/bot.ts'
import { clientPackageRoutes } from './routes/client-package.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { healthRoutes } from './routes/health.ts'
import { type LiveReaders, liveRoutes } from './routes/live.ts'
import { artifactRoutes } from './routes/mlflow/artifacts.ts'
import { assessmentRoutes } from './routes/mlflow/assessments.ts'
import { evaluationDatasetRoutes } from './routes/mlflow/evaluation-datasets.ts'
import { experimentRoutes } from './routes/mlflow/experiments.ts'
import { graphqlRoutes } from './routes/mlflow/graphql.ts'
import { loggedModelRoutes } from './routes/mlflow/logged-models.ts'
import { metricRoutes } from './routes/mlflow/metrics.ts'
import { modelVersionRoutes } from './routes/mlflow/model-versions.ts'
import { notOfferedRoutes } from './routes/mlflow/not-offered.ts'
import { registeredModelRoutes } from './routes/mlflow/registered-models.ts'
import { runRoutes } from './routes/mlflow/runs.ts'
import { scorerRoutes } from './routes/mlflow/scorers.ts'
import { traceAnalysisRoutes } from './routes/mlflow/trace-analysis.ts'
import { traceFileRoutes } from './routes/mlflow/trace-files.ts'
import { traceRoutes } from './routes/mlflow/traces.ts'
import { otlpPath, otlpRoutes } from './routes/otlp.ts'
import { recordingUploadRoutes } from './routes/recording-uploads.ts'
import { recordingRoutes } from './routes/recordings.ts'
import { traceSpanRoutes } from './routes/trace-spans.ts'
import { voxtraceRoutes } from './routes/voxtrace.ts'
import { webRoutes } from './routes/web.ts'
import type { Waveforms } from './sound/waveforms.ts'

export interface AppContext extends OriginRules {
  store: Store
  readers: LiveReaders
  waveforms: Waveforms
  log: Log
  artifacts: ArtifactStorage
  webDirectory: string | null
  clientPackage?: string
  botUrl: string | null
  version: string
}

/** Requests but those of `otlpRoutes`, which counts its own, that may be under way at once, with their bodies. */
const largestInFlightBytes = 128 * 1024 * 1024

/** Puts the routes together; nothing listens yet. */
export function createApp(context: AppContext): FastifyInstance {
  const app = fastify({
    bodyLimit: largestBodyBytes,
    logger: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    exposeHeadRoutes: true,
  })
  app.addHook('onRequest', guardOrigin(context))
  app.setErrorHandler(answerError(context.log))
  app.register(async (api) => {
    // Bodies arrive as bytes: which form they have is the route's to say, whatever a client's header claims.
    api.removeAllContentTypeParsers()
    api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    const admission = new Admission(
      largestInFlightBytes,
      'The server has too much in hand. Send this again in a second.',
    )
    api.addHook('onRequest', async (request, reply) => {
      if (request.routeOptions.url === otlpPath) return
      const held = admission.admit(announcedBytes(request))
      reply.raw.once('close', () => held.go())
    })
    healthRoutes(api)
    otlpRoutes(api, context)
    voxtraceRoutes(api, context)
    traceSpanRoutes(api, context)
    dashboardRoutes(api, context)
    liveRoutes(api, context.readers)
    recordingRoutes(api, context)
    graphqlRoutes(api)
    traceFileRoutes(api, context)
    for (const prefix of ['/api', '/ajax-api']) {
      experimentRoutes(api, `${prefix}/2.0/mlflow`, context)
      runRoutes(api, `${prefix}/2.0/mlflow`, context)
      metricRoutes(api, `${prefix}/2.0/mlflow`, context)
      registeredModelRoutes(api, `${prefix}/2.0/mlflow`, context)
      modelVersionRoutes(api, `${prefix}/2.0/mlflow`, context)
      loggedModelRoutes(api, `${prefix}/2.0/mlflow`, context)
      scorerRoutes(api, `${prefix}/3.0/mlflow`, context)
      evaluationDatasetRoutes(api, `${prefix}/3.0/mlflow`, context)
      traceAnalysisRoutes(api, `${prefix}/3.0/mlflow`, context)
      traceRoutes(api, prefix, context)
      assessmentRoutes(api, `${prefix}/3.0/mlflow`, context)
      notOfferedRoutes(api, prefix)
    }
  })
  app.register(async (files) => artifactRoutes(files, context))
  app.register(async (sound) => recordingUploadRoutes(sound, context))
  app.register(async (bot) => botRoutes(bot, context))
  clientPackageRoutes(app, context)
  webRoutes(app, context)
  return app
}
