import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { RequestFailure } from '../api/request.ts'
import { serverStatusQuery } from '../api/status.ts'

/** What a server answers whose database is away, or for which a question was too long. */
const unavailable = 503
const askEveryMs = 3_000

/**
 * Tries again what failed because the server or its database was away, once both are back, and with it whatever else of
 * the page failed. A question that was too long is left alone: it would be no shorter.
 */
export function useRetryWhenPassed(error: unknown, onRetry: (() => void) | undefined): void {
  const client = useQueryClient()
  const isOffline = error instanceof RequestFailure && error.kind === 'offline'
  const isUnavailable = error instanceof RequestFailure && error.status === unavailable
  const { data, isError, dataUpdatedAt } = useQuery({
    ...serverStatusQuery,
    enabled: onRetry !== undefined && (isOffline || isUnavailable),
    staleTime: 0,
    refetchInterval: askEveryMs,
  })
  const wasAway = useRef(false)
  const retry = useRef(onRetry)
  retry.current = onRetry
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer counts, also one that says the same
  useEffect(() => {
    if (!isOffline && !isUnavailable) return
    if (isError || data?.database.reachable === false) wasAway.current = true
    else if (data && (wasAway.current || isOffline)) {
      wasAway.current = false
      retry.current?.()
      void client.refetchQueries({ predicate: ({ state }) => state.status === 'error' })
    }
  }, [data, isError, dataUpdatedAt, isOffline, isUnavailable, client])
}
