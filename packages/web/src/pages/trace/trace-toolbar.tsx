import type { ReactNode, Ref } from 'react'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import type { SpanTree } from '../../facade/span-tree.ts'
import { formatCount } from '../../format/time.ts'
import type { FoldingStore } from '../../store/folding.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import type { useTraceNavigation } from './use-trace-navigation.ts'

interface TraceToolbarProps {
  ref: Ref<HTMLInputElement>
  tree: SpanTree
  /** How many spans there are while not all have come. */
  awaited: number | null
  lengthMs: number
  folding: FoldingStore
  window: TimeWindowStore
  navigation: ReturnType<typeof useTraceNavigation>
  /** What else can be done with the trace. */
  children?: ReactNode
}

/** Find a text, see the errors or the critical path alone, fold by depth, zoom. */
export function TraceToolbar(props: TraceToolbarProps) {
  const { ref, tree, awaited, lengthMs, folding, window, navigation, children } = props
  const { matches, query } = navigation
  const at = matches.findIndex(({ id }) => id === navigation.selected?.id)
  return (
    <div className="trace-toolbar" role="toolbar" aria-label="Spans">
      <label className="field find">
        <Icon name="search" />
        <span className="visually-hidden">Find a text in the trace</span>
        <input
          ref={ref}
          value={query}
          placeholder="Find in the trace"
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
      {awaited !== null && (
        <span className="faint" role="status">
          {formatCount(tree.nodes.length)} of {formatCount(awaited)} spans
        </span>
      )}
      <span className="spacer" />
      {tree.errorCount > 0 && (
        <button
          type="button"
          className="button ghost"
          aria-pressed={navigation.only !== null}
          title="Show the errors alone; E goes to the next"
          onClick={navigation.toggleErrorsOnly}
        >
          <ErrorMark />
          {formatCount(tree.errorCount)}{' '}
          <span className="wide-only">{tree.errorCount === 1 ? 'error' : 'errors'}</span>
        </button>
      )}
      <button
        type="button"
        className="button ghost"
        aria-pressed={navigation.critical !== null}
        title="What the end of the trace waited for"
        onClick={navigation.toggleCritical}
      >
        Critical path
      </button>
      <DepthChoice tree={tree} folding={folding} />
      <button
        type="button"
        className="button ghost square"
        aria-label="Zoom out"
        onClick={() => window.zoom(2, null, lengthMs)}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        className="button ghost square"
        aria-label="Zoom in"
        onClick={() => window.zoom(0.5, null, lengthMs)}
      >
        <Icon name="plus" />
      </button>
      <button type="button" className="button ghost" onClick={() => window.fit()}>
        Fit <kbd className="wide-only">0</kbd>
      </button>
      {children}
    </div>
  )
}

/** Deeper levels than this are chosen by unfolding. */
const deepestChoice = 6

function DepthChoice({ tree, folding }: { tree: SpanTree; folding: FoldingStore }) {
  const deepest = tree.nodes.reduce((depth, node) => Math.max(depth, node.depth), 0)
  if (deepest < 2) return null
  return (
    <select
      className="button ghost"
      aria-label="Unfold to a depth"
      value=""
      onChange={(event) => folding.foldBelow(tree, Number(event.target.value))}
    >
      <option value="" disabled hidden>
        Depth
      </option>
      {Array.from({ length: Math.min(deepest, deepestChoice) }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a level is its number
        <option key={index} value={index}>
          {index + 1} {index === 0 ? 'level' : 'levels'}
        </option>
      ))}
      <option value={Number.MAX_SAFE_INTEGER}>All levels</option>
    </select>
  )
}
