import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { useShortcuts } from '../../components/shortcuts.ts'
import { criticalPath } from '../../facade/critical-path.ts'
import { errorNodes, type SpanNode, visibleNodes } from '../../facade/span-tree.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { type TurnView, turnOfSpan } from '../../facade/turn-view.ts'
import type { DetailTab } from '../../store/detail-tabs.ts'
import type { FoldingStore } from '../../store/folding.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import { neighbourOf } from './span-waterfall.tsx'
import { useMatches } from './use-trace.ts'

const route = getRouteApi('/traces/$traceId')

interface NavigationOptions {
  view: TraceView
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
  const matches = useMatches(view, query)
  const [openScoreId, setOpenScoreId] = useState<string | null>(null)
  const [isErrorsOnly, setErrorsOnly] = useState(false)
  const [isCriticalShown, setCriticalShown] = useState(false)
  const only = useMemo(
    () => (isErrorsOnly && view.tree.errorCount > 0 ? errorNodes(view.tree) : null),
    [isErrorsOnly, view],
  )
  // The path of a growing trace is that of its last change: it must not be found anew four times a second.
  const critical = useMemo(
    () => (isCriticalShown ? criticalPath(view.tree, view.tree.lastMs) : null),
    [isCriticalShown, view],
  )
  const selected = (search.span ? view.tree.byId.get(search.span) : undefined) ?? view.tree.roots[0]
  const turn = turnOfSpan(turns, search.span ? selected : undefined)

  const select = (span: string) => {
    const above: string[] = []
    for (let at = view.tree.byId.get(span)?.parent; at; at = at.parent) above.push(at.id)
    folding.unfoldAll(above)
    void navigate({ search: (before) => ({ ...before, span }), replace: true })
  }
  const showTab = (tab: DetailTab) =>
    void navigate({ search: (before) => ({ ...before, tab }), replace: true })
  const step = (by: number) => {
    const next = neighbourOf(visibleNodes(view.tree, folding.getState(), only), selected?.id ?? null, by)
    if (next) select(next.id)
  }
  const stepTurn = (by: number) => {
    if (turns.length === 0) return step(by)
    const at = turns.findIndex(({ spanId }) => spanId === turn?.spanId)
    const next = turns[Math.max(0, Math.min(turns.length - 1, at < 0 ? 0 : at + by))]
    if (next) select(next.spanId)
  }
  const seek = (matches: (node: SpanNode) => boolean) => {
    const { nodes } = view.tree
    const at = nodes.findIndex(({ id }) => id === selected?.id)
    const next = [...nodes.slice(at + 1), ...nodes.slice(0, at + 1)].find(matches)
    if (next) select(next.id)
  }
  const nextMatch = () => {
    const found = new Set(matches)
    seek((node) => found.has(node))
  }
  const toggleScore = useCallback((id: string) => setOpenScoreId((before) => (before === id ? null : id)), [])
  const openScore = (index: number) => {
    const score = turn?.scores[index]
    if (score) toggleScore(score.id)
  }
  const unfold = () => {
    if (selected) folding.unfold(selected.id)
  }
  const fold = () => {
    if (!selected) return
    if (selected.children.length > 0 && !folding.getState().has(selected.id)) folding.fold(selected.id)
    else if (selected.parent) select(selected.parent.id)
  }
  useShortcuts({
    j: () => stepTurn(1),
    k: () => stepTurn(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    arrowright: unfold,
    arrowleft: fold,
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
    matches,
    nextMatch,
    only,
    toggleErrorsOnly: () => setErrorsOnly((before) => !before),
    critical,
    toggleCritical: () => setCriticalShown((before) => !before),
    select,
    fold,
    unfold,
    clear: () => void navigate({ search: (before) => ({ ...before, span: undefined }), replace: true }),
    showTab,
    openScoreId,
    toggleScore,
  }
}
