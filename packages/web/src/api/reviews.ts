import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

const reviewItem = z.object({
  traceId: z.string(),
  spanId: z.nullable(z.string()),
  number: z.nullable(z.number()),
  requestTimeMs: z.number(),
  userText: z.nullable(z.string()),
  scores: z.array(z.object({ name: z.string(), sourceId: z.string() })),
})

const reviewQueue = z.object({ items: z.array(reviewItem), matching: z.number() })

/** A turn (or, without a span, a conversation) to score. */
export type ReviewItem = z.infer<typeof reviewItem>

export interface ReviewChoice {
  filter: string
  unit: 'turn' | 'conversation'
  order: 'newest' | 'shuffled'
}

/** Longer queues than anybody works through are cut. */
const longestQueue = 200

function readQueue(experimentId: string, choice: ReviewChoice, signal: AbortSignal) {
  const parameters = new URLSearchParams({
    experiment_id: experimentId,
    unit: choice.unit,
    order: choice.order,
    max_results: String(longestQueue),
  })
  if (choice.filter) parameters.set('filter', choice.filter)
  return getJson(`/api/voxtrace/reviews?${parameters}`, reviewQueue, signal)
}

/** What a person may score, as it stood when it was asked for: a queue does not move while it is worked on. */
export const reviewQueueQuery = (experimentId: string, choice: ReviewChoice) =>
  queryOptions({
    queryKey: ['reviews', experimentId, choice],
    queryFn: ({ signal }) => readQueue(experimentId, choice, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
  })

/** How often it is looked what others have scored, in milliseconds. */
const lookEveryMs = 5_000

/** The same queue as it is now, for what others score meanwhile. */
export const othersScoresQuery = (experimentId: string, choice: ReviewChoice) =>
  queryOptions({
    queryKey: ['reviews-of-others', experimentId, choice],
    queryFn: ({ signal }) => readQueue(experimentId, choice, signal),
    refetchInterval: lookEveryMs,
    gcTime: 0,
  })
