import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { useShortcuts } from '../../components/shortcuts.ts'
import { type SpanNode, visibleNodes } from '../../facade/span-tree.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { type TurnView, turnOfSpan } from '../../facade/turn-view.ts'
import type { DetailTab } from '../../store/detail-tabs.ts'
import type { FoldingStore } from '../../store/folding.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import { neighbourOf } from './span-waterfall.tsx'

const route = getRouteApi('/traces/$traceId')

interface NavigationOptions {
  view: TraceView | undefined
  turns: readonly TurnView[]
  lengthMs: number
  folding: FoldingStore
  window: TimeWindowStore
  onFind(): void
}

/** What is selected (kept in the URL) and the keys that move it. */
export function useTraceNavigation({ view, turns, lengthMs, folding, window, onFind }: NavigationOptions) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [query, setQuery] = useState('')
  const [openScoreId, setOpenScoreId] = useState<string | null>(null)
  const selected = view && ((search.span ? view.tree.byId.get(search.span) : undefined) ?? view.tree.roots[0])
  const turn = turnOfSpan(turns, search.span ? selected : undefined)

  const select = (span: string) => {
    const node = view?.tree.byId.get(span)
    for (let at = node?.parent; at; at = at.parent) folding.unfold(at.id)
    void navigate({ search: (before) => ({ ...before, span }), replace: true })
  }
  const showTab = (tab: DetailTab) =>
    void navigate({ search: (before) => ({ ...before, tab }), replace: true })
  const step = (by: number) => {
    if (!view) return
    const next = neighbourOf(visibleNodes(view.tree, folding.getState()), selected?.id ?? null, by)
    if (next) select(next.id)
  }
  const stepTurn = (by: number) => {
    if (turns.length === 0) return step(by)
    const at = turns.findIndex(({ spanId }) => spanId === turn?.spanId)
    const next = turns[Math.max(0, Math.min(turns.length - 1, at < 0 ? 0 : at + by))]
    if (next) select(next.spanId)
  }
  const seek = (matches: (node: SpanNode) => boolean) => {
    const nodes = view?.tree.nodes ?? []
    const at = nodes.findIndex(({ id }) => id === selected?.id)
    const next = [...nodes.slice(at + 1), ...nodes.slice(0, at + 1)].find(matches)
    if (next) select(next.id)
  }
  const nextMatch = () => query && seek(({ name }) => name.toLowerCase().includes(query.toLowerCase()))
  const toggleScore = (id: string) => setOpenScoreId((before) => (before === id ? null : id))
  const openScore = (index: number) => {
    const score = turn?.scores[index]
    if (score) toggleScore(score.id)
  }
  useShortcuts({
    j: () => stepTurn(1),
    k: () => stepTurn(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    arrowright: () => selected && folding.unfold(selected.id),
    arrowleft: () => {
      if (!selected) return
      if (selected.children.length > 0 && !folding.getState().has(selected.id)) folding.fold(selected.id)
      else if (selected.parent) select(selected.parent.id)
    },
    n: nextMatch,
    e: () => seek(({ isError }) => isError),
    '/': onFind,
    '+': () => window.zoom(0.5, null, lengthMs),
    '=': () => window.zoom(0.5, null, lengthMs),
    '-': () => window.zoom(2, null, lengthMs),
    '0': () => window.fit(),
    f: () => selected && window.showSpan(selected, lengthMs),
    '1': () => openScore(0),
    '2': () => openScore(1),
    '3': () => openScore(2),
    '4': () => openScore(3),
    '5': () => openScore(4),
    escape: () => void navigate({ search: {}, replace: true }),
  })
  return {
    selected,
    turn,
    isChosen: search.span !== undefined,
    tab: search.tab ?? 'overview',
    query,
    setQuery,
    nextMatch,
    select,
    clear: () => void navigate({ search: (before) => ({ ...before, span: undefined }), replace: true }),
    showTab,
    openScoreId,
    toggleScore,
  }
}
