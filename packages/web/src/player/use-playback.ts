import { useQuery } from '@tanstack/react-query'
import type { Recording } from '@voxtrace/model'
import { useEffect, useMemo, useRef, useState } from 'react'
import { listRecordings } from '../api/recordings.ts'
import type { TraceView } from '../facade/trace-view.ts'
import { EnvelopeStore } from './envelopes.ts'
import { Player } from './player.ts'
import { growsForMs, type Track, trackOf } from './track.ts'

/** A recording that grows, or whose length is not known yet, is asked about this often, in milliseconds. */
const askEveryMs = 1500

/** The sound of a trace: what plays it, and what is known of it. */
export interface Playback {
  player: Player
  tracks: readonly Track[]
  envelopes: ReadonlyMap<string, EnvelopeStore>
  /** There were recordings while the page was open, and there are none any more. */
  isDeleted: boolean
}

/** The recordings of a trace on its axis, as they are and as they grow. A change of the trace may be one of its sound. */
export function usePlayback(view: TraceView): Playback {
  const { isOpen } = view
  const { traceId } = view.info
  const { originUnixNano } = view.tree
  const { data, refetch } = useQuery({
    queryKey: ['recordings', traceId],
    queryFn: ({ signal }) => listRecordings(traceId, signal),
    refetchInterval: ({ state }) => (isOpen || state.data?.some(isUnsettled) ? askEveryMs : false),
  })
  const readFor = useRef(view)
  useEffect(() => {
    if (readFor.current === view) return
    readFor.current = view
    void refetch()
  }, [view, refetch])
  const [player] = useState(() => new Player())
  const envelopes = useRef(new Map<string, EnvelopeStore>())
  const had = useRef(false)
  if (data !== undefined && data.length > 0) had.current = true
  const [known, setKnown] = useState<ReadonlyMap<string, EnvelopeStore>>(new Map())
  const tracks = useMemo(
    () => (data ?? []).map((recording) => trackOf(recording, originUnixNano)),
    [data, originUnixNano],
  )
  useEffect(() => player.load(tracks), [player, tracks])
  useEffect(() => {
    const stores = envelopes.current
    const count = stores.size
    for (const recording of data ?? []) {
      const name = envelopeName(recording)
      const store = stores.get(name)
      if (store) store.update(recording)
      else stores.set(name, new EnvelopeStore(recording))
    }
    if (stores.size !== count) setKnown(new Map(stores))
  }, [data])
  useEffect(
    () => () => {
      player.close()
      for (const store of envelopes.current.values()) store.close()
    },
    [player],
  )
  return { player, tracks, envelopes: known, isDeleted: had.current && tracks.length === 0 }
}

/** What has just grown may still be read, so that its length is not the last word. */
function isUnsettled({ lastUpdateTimeMs }: Recording): boolean {
  return Date.now() - lastUpdateTimeMs < growsForMs
}

/** What tells the envelope of a recording from that of another, or of the same with other channels. */
export function envelopeName({ recordingId, createTimeMs, channels }: Recording): string {
  return `${recordingId} ${createTimeMs} ${channels}`
}
