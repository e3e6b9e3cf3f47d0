/** The views of an experiment in MLflow's web app that have one here. */
const viewsOfMlflow: Record<string, string> = {
  overview: '/dashboard',
  runs: '/runs',
  'evaluation-runs': '/runs',
  'chat-sessions': '/sessions',
  'review-queue': '/review',
}

/**
 * Where an address of MLflow's web app leads to here, since its clients print such when a run ends; null for others.
 * The hash is without its `#`: `/experiments/1/runs/4f2a`.
 */
export function addressOfMlflow(hash: string): string | null {
  const [path = '', query] = hash.split('?')
  const [first, experimentId, view, id] = path.split('/').filter(Boolean)
  if (first !== 'experiments') return null
  if (experimentId === undefined) return '/experiments'
  if (view === 'runs' && id !== undefined) return `/runs/${id}`
  const traceId = new URLSearchParams(query).get('selectedEvaluationId')
  if (traceId !== null) return `/traces/${encodeURIComponent(traceId)}`
  return `/experiments/${experimentId}${viewsOfMlflow[view ?? ''] ?? ''}`
}
