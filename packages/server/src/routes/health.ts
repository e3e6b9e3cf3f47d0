import type { FastifyInstance } from 'fastify'

/** The version of MLflow whose protocol is spoken. MLflow's clients send spans only to servers of 3.4 or later. */
export const mlflowVersion = '3.18.0'

/** What MLflow's clients ask before they use what this server has not. */
const serverInfo = {
  store_type: 'SqlStore',
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
  presigned_upload_run_id_supported: false,
  presigned_upload_model_id_supported: false,
  features_enabled: { gateway: false },
}

export function healthRoutes(app: FastifyInstance): void {
  app.get('/health', (_request, reply) => reply.type('text/plain').send('OK'))
  app.get('/version', (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  for (const prefix of ['/api', '/ajax-api']) {
    app.get(`${prefix}/3.0/mlflow/server-info`, () => serverInfo)
  }
}
