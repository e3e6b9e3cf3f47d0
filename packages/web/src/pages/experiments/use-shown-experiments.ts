import type { Experiment } from '@voxtrace/model'
import { useEffect, useMemo } from 'react'
import { LiveListStore } from '../../store/live-list.ts'
import { SelectionStore } from '../../store/selection.ts'

/**
 * The experiments whose name has a text, as a list that holds still while its reader is further down. All of
 * them are there from the start, so that nothing more is loaded.
 */
export function useShownExperiments(experiments: readonly Experiment[], text: string) {
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return experiments.filter(({ name }) => name.toLowerCase().includes(wanted))
  }, [experiments, text])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text is another list, which begins with what is there
  const list = useMemo(() => {
    const store = new LiveListStore<Experiment>(({ experimentId }) => experimentId)
    store.refresh({ rows: shown, nextPageToken: null })
    const feed = { list: store, loadMore: async () => {} }
    return { feed, selection: new SelectionStore(), scrollTop: 0 }
  }, [text])
  useEffect(() => {
    const { list: store } = list.feed
    const there = new Set(shown.map(store.keyOf))
    const known = store.getState().rows.map(store.keyOf)
    store.remove(known.filter((id) => !there.has(id)))
    store.refresh({ rows: shown, nextPageToken: null })
  }, [list, shown])
  return list
}
