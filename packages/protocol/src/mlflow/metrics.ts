import { z } from 'zod'
import { maxResults, optionalInteger, optionalText, requiredText, texts } from './request.ts'

const largestHistory = 25_000

/** Whoever asks for more gets so many. */
const historyLength = maxResults(largestHistory, Number.MAX_SAFE_INTEGER).transform((count) =>
  Math.min(count, largestHistory),
)

export const metricHistory = z.object({
  run_id: optionalText,
  run_uuid: optionalText,
  metric_key: requiredText,
  page_token: optionalText,
  max_results: historyLength,
})
export const metricHistoryBulk = z.object({
  run_id: texts,
  metric_key: requiredText,
  max_results: historyLength,
})
export const metricHistoryBulkInterval = z.object({
  run_ids: texts,
  metric_key: requiredText,
  start_step: optionalInteger,
  end_step: optionalInteger,
  max_results: maxResults(2500, 2500),
})
