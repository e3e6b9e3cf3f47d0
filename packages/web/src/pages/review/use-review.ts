import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { createAssessment, deleteAssessment, updateAssessment } from '../../api/assessments.ts'
import { RequestFailure } from '../../api/request.ts'
import { othersScoresQuery, type ReviewItem, reviewQueueQuery } from '../../api/reviews.ts'
import { serverStatusQuery } from '../../api/status.ts'
import { criteriaOf } from '../../facade/criteria.ts'
import { firstPlaceOf, type OtherReviewers, otherReviewersOf } from '../../facade/other-reviewers.ts'
import { useStore } from '../../store/observable.ts'
import { ReviewSession, reviewKeyOf } from '../../store/review-session.ts'
import { reviewerStore } from '../../store/reviewer.ts'
import { readReviewed } from './read-reviewed.ts'

const route = getRouteApi('/experiments/$experimentId/review')

const writer = { create: createAssessment, update: updateAssessment, remove: deleteAssessment }

/** Each scores the whole queue, or it is divided up between those who score. */
type ReviewShare = 'each' | 'divided'

const nothing: ReadonlySet<string> = new Set()

/** The queue, the item in hand (kept in the URL) and what is scored. */
export function useReview() {
  const { experimentId } = route.useParams()
  const { filter = '', unit = 'turn', order = 'newest', share: shared, at } = route.useSearch()
  const share: ReviewShare = shared ?? 'each'
  const navigate = route.useNavigate()
  const client = useQueryClient()
  const reviewer = useStore(reviewerStore)
  const isDivided = share === 'divided'
  const queue = useQuery(reviewQueueQuery(experimentId, { filter, unit, order }))
  const later = useQuery({
    ...othersScoresQuery(experimentId, { filter, unit, order }),
    enabled: isDivided && queue.data !== undefined,
  })
  const status = useQuery({ ...serverStatusQuery, refetchInterval: false })
  const criteria = useMemo(() => criteriaOf(status.data, unit), [status.data, unit])

  const [deletedIds, setDeletedIds] = useState<ReadonlySet<string>>(new Set())
  const items = useMemo(
    () => withLinked(queue.data?.items ?? [], at).filter(({ traceId }) => !deletedIds.has(traceId)),
    [queue.data, at, deletedIds],
  )
  const names = criteria.map(({ name }) => name).join('\n')
  const others = useMemo(() => {
    const known = later.data?.items ?? queue.data?.items ?? []
    return new Map(
      known.map((item) => [reviewKeyOf(item), otherReviewersOf(item, reviewer, names.split('\n'))]),
    )
  }, [later.data, queue.data, reviewer, names])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a linked item joins the session without beginning it anew
  const session = useMemo(
    () => new ReviewSession(items, reviewer, names.split('\n'), writer, isDivided ? doneOf(others) : nothing),
    [queue.data, reviewer, names],
  )
  useEffect(() => session.leave(isDivided ? doneOf(others) : nothing), [session, others, isDivided])
  const begin = isDivided ? items[firstPlaceOf(reviewer, items.length)] : undefined
  const current =
    items.find((item) => reviewKeyOf(item) === at) ??
    session.nextOpen(items, begin ? reviewKeyOf(begin) : null) ??
    items[0]
  const currentKey = current ? reviewKeyOf(current) : null
  // What is in hand stays there, whatever becomes of the queue.
  const isReady = !status.isPending
  useEffect(() => {
    if (isReady && at === undefined && currentKey !== null && reviewer !== '') {
      void navigate({ search: (before) => ({ ...before, at: currentKey }), replace: true })
    }
  }, [isReady, at, currentKey, reviewer, navigate])
  const reviewed = useQuery({
    ...reviewedQuery(session, current?.traceId ?? '', unit),
    enabled: current !== undefined,
  })
  const following = current && items[items.indexOf(current) + 1]
  useEffect(() => {
    if (following) void client.prefetchQuery(reviewedQuery(session, following.traceId, unit))
  }, [client, session, following, unit])

  const goTo = (item: ReviewItem | undefined) => {
    if (item) void navigate({ search: (before) => ({ ...before, at: reviewKeyOf(item) }), replace: true })
  }
  const isDeleted = reviewed.error instanceof RequestFailure && reviewed.error.kind === 'not-found'
  const goOn = () => {
    if (!current || !isDeleted) return goTo(session.nextOpen(items, currentKey))
    const left = items.filter(({ traceId }) => traceId !== current.traceId)
    const following = items.slice(items.indexOf(current)).find(({ traceId }) => traceId !== current.traceId)
    setDeletedIds(new Set(deletedIds).add(current.traceId))
    goTo(following ?? left[0])
  }
  return {
    experimentId,
    choice: { filter, unit, order },
    share,
    /** Who else has scored each item. */
    others,
    queue,
    items,
    session,
    criteria,
    /** Whether it is known what is scored: a session that began before would begin anew. */
    isReady,
    reviewer,
    current,
    currentKey,
    reviewed,
    /** The trace of the item in hand is no more; going on leaves it out. */
    isDeleted,
    goTo,
    step: (by: number) => goTo(current && items[items.indexOf(current) + by]),
    goOn,
    choose: (change: { filter?: string; unit?: typeof unit; order?: typeof order; share?: typeof share }) => {
      const next = { filter, unit, order, share, ...change }
      void navigate({
        search: {
          ...(next.filter && { filter: next.filter }),
          ...(next.unit !== 'turn' && { unit: next.unit }),
          ...(next.order !== 'newest' && { order: next.order }),
          ...(next.share === 'divided' && { share: next.share }),
        },
      })
    },
  }
}

/** The items that others are done with. */
function doneOf(others: ReadonlyMap<string, OtherReviewers>): ReadonlySet<string> {
  return new Set([...others].flatMap(([key, { areDone }]) => (areDone ? key : [])))
}

/** What is scored as it was when it was opened in this session: it must not move. */
const reviewedQuery = (session: ReviewSession, traceId: string, unit: 'turn' | 'conversation') => ({
  queryKey: ['reviewed', session.id, unit, traceId],
  queryFn: ({ signal }: { signal: AbortSignal }) => readReviewed(traceId, unit, signal),
  staleTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
})

/** The queue, led by the item that a link names when it is not in the queue. */
function withLinked(items: ReviewItem[], at: string | undefined): ReviewItem[] {
  if (at === undefined || items.some((item) => reviewKeyOf(item) === at)) return items
  const [traceId = '', spanId] = at.split('.')
  const linked = {
    traceId,
    spanId: spanId ?? null,
    number: null,
    requestTimeMs: 0,
    userText: null,
    scores: [],
  }
  return [linked, ...items]
}
