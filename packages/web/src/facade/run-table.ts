import type { Run } from '@voxtrace/model'

/** Runs as a table in CSV (RFC 4180): a column for each parameter, latest metric and tag that any of them has. */
export function runsAsCsv(runs: readonly Run[]): string {
  const metrics = namesOf(runs, (run) => run.metrics.map(({ key }) => key))
  const params = namesOf(runs, (run) => Object.keys(run.params))
  const tags = namesOf(runs, (run) => Object.keys(run.tags))
  const head = [
    ...['run_id', 'run_name', 'status', 'user_id', 'start_time', 'end_time'],
    ...params.map((key) => `params.${key}`),
    ...metrics.map((key) => `metrics.${key}`),
    ...tags.map((key) => `tags.${key}`),
  ]
  const rows = runs.map((run) => {
    const { runId, runName, status, userId, startTimeMs, endTimeMs } = run.info
    const values = new Map(run.metrics.map(({ key, value }) => [key, String(value)]))
    return [
      ...[runId, runName, status, userId, timeOf(startTimeMs), endTimeMs === null ? '' : timeOf(endTimeMs)],
      ...params.map((key) => run.params[key] ?? ''),
      ...metrics.map((key) => values.get(key) ?? ''),
      ...tags.map((key) => run.tags[key] ?? ''),
    ]
  })
  return [head, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('')
}

/** Runs as JSON, with their parameters, latest metrics and tags. NaN and the infinities are texts. */
export function runsAsJson(runs: readonly Run[]): string {
  const records = runs.map(({ info, params, metrics, tags }) => ({
    info,
    params,
    metrics: Object.fromEntries(
      metrics.map(({ key, value }) => [key, Number.isFinite(value) ? value : String(value)]),
    ),
    tags,
  }))
  return `${JSON.stringify(records, null, 2)}\n`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function namesOf(runs: readonly Run[], of: (run: Run) => readonly string[]): string[] {
  return [...new Set(runs.flatMap(of))].sort()
}
