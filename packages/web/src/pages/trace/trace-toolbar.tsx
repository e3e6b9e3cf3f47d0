import type { Ref } from 'react'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import type { SpanTree } from '../../facade/span-tree.ts'
import { formatCount } from '../../format/time.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import type { useTraceNavigation } from './use-trace-navigation.ts'

interface TraceToolbarProps {
  ref: Ref<HTMLInputElement>
  tree: SpanTree
  lengthMs: number
  window: TimeWindowStore
  navigation: ReturnType<typeof useTraceNavigation>
}

/** Find a span, step through errors, zoom. */
export function TraceToolbar({ ref, tree, lengthMs, window, navigation }: TraceToolbarProps) {
  const query = navigation.query.toLowerCase()
  const matches = query ? tree.nodes.filter(({ name }) => name.toLowerCase().includes(query)) : []
  const at = matches.findIndex(({ id }) => id === navigation.selected?.id)
  return (
    <div className="trace-toolbar" role="toolbar" aria-label="Spans">
      <label className="field find">
        <Icon name="search" />
        <span className="visually-hidden">Find a span by name</span>
        <input
          ref={ref}
          value={navigation.query}
          placeholder="Find a span"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => navigation.setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') navigation.nextMatch()
          }}
        />
        {query ? (
          <span className="matches" role="status">
            {matches.length === 0
              ? 'none'
              : `${at >= 0 ? `${formatCount(at + 1)} of ` : ''}${formatCount(matches.length)}`}
          </span>
        ) : (
          <kbd className="wide-only">/</kbd>
        )}
      </label>
      <span className="spacer" />
      {tree.errorCount > 0 && (
        <span className="tag alert">
          <ErrorMark />
          {formatCount(tree.errorCount)}
          <kbd className="wide-only">E</kbd>
        </span>
      )}
      <button
        type="button"
        className="button ghost square wide-only"
        aria-label="Zoom out"
        onClick={() => window.zoom(2, null, lengthMs)}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        className="button ghost square wide-only"
        aria-label="Zoom in"
        onClick={() => window.zoom(0.5, null, lengthMs)}
      >
        <Icon name="plus" />
      </button>
      <button type="button" className="button ghost" onClick={() => window.fit()}>
        Fit <kbd className="wide-only">0</kbd>
      </button>
    </div>
  )
}
