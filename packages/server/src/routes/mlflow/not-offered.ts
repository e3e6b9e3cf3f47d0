import { VoxtraceError } from '@voxtrace/model'
import type { FastifyInstance } from 'fastify'

/** What MLflow's server has and this one has not, by the beginning of its paths. */
const notOffered: Record<string, string> = {
  '2.0/mlflow/webhooks': 'Webhooks',
  '3.0/mlflow/gateway': 'The AI Gateway',
  '3.0/mlflow/workspaces': 'Workspaces',
  '3.0/mlflow/prompt-optimization': 'Prompt optimization',
  '3.0/mlflow/issues': 'Issues',
  '3.0/mlflow/label-schemas': 'Label schemas',
  '3.0/mlflow/review-queues': 'Review queues',
  '3.0/mlflow/scorer/invoke': 'Running scorers on the server',
  '3.0/mlflow/genai/evaluate/invoke': 'Evaluation on the server',
  '3.0/jobs': 'Jobs',
}

/** Says of what MLflow has and this server has not that it has it not, in MLflow's form. */
export function notOfferedRoutes(app: FastifyInstance, prefix: string): void {
  for (const [path, what] of Object.entries(notOffered)) {
    const refuse = () => {
      throw new VoxtraceError(
        'NOT_IMPLEMENTED',
        `${what} cannot be used here: this server does not offer that.`,
      )
    }
    app.all(`${prefix}/${path}`, refuse)
    app.all(`${prefix}/${path}/*`, refuse)
  }
  // MLflow's web app asks for these on every page, and takes an error for trouble.
  app.get(`${prefix}/2.0/mlflow/gateway-proxy`, () => ({ endpoints: [] }))
  app.get(`${prefix}/3.0/mlflow/ui-telemetry`, () => ({
    disable_ui_telemetry: true,
    disable_ui_events: [],
    ui_rollout_percentage: 0,
  }))
  app.post(`${prefix}/3.0/mlflow/ui-telemetry`, () => ({ status: 'disabled' }))
}
