import type { FastifyInstance } from 'fastify'

/** The version of MLflow whose protocol is spoken. MLflow's clients send spans only to servers of 3.4 or later. */
export const mlflowVersion = '3.18.0'

export function healthRoutes(app: FastifyInstance): void {
  app.get('/health', (_request, reply) => reply.type('text/plain').send('OK'))
  app.get('/version', (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  for (const prefix of ['/api', '/ajax-api']) {
    app.get(`${prefix}/3.0/mlflow/server-info`, () => ({ store_type: 'SqlStore', workspaces_enabled: false }))
  }
}
