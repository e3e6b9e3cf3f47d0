import { memo } from 'react'
import { ErrorMark } from '../../components/icon.tsx'
import { spanTitle } from '../../facade/span-title.ts'
import type { SpanNode } from '../../facade/span-tree.ts'
import { positionOf, type TimeWindow } from '../../facade/time-axis.ts'
import { formatDuration } from '../../format/time.ts'

interface SpanRowProps {
  node: SpanNode
  /** Of the row among those that can be scrolled to. */
  index: number
  offset: number
  window: TimeWindow
  lengthMs: number
  isFolded: boolean
  isSelected: boolean
  query: string
  /** Whether others are to stand out. */
  isAside: boolean
  onSelect(id: string): void
  onToggle(id: string): void
  /** Shows the span over the whole width. */
  onFit(node: SpanNode): void
}

/** Deeper levels are not indented further. */
const deepestIndent = 24

/** One span: its place in the tree, its name, how long it took, and its bar. */
export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { node, index, offset, isFolded, isSelected, query, onSelect, onToggle, onFit } = props
  const hasChildren = node.children.length > 0
  const isBad = node.isError || (isFolded && node.errorsBelow > 0)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: arrows move the selection for the whole tree
    // biome-ignore lint/a11y/useFocusableInteractive: the tree is one tab stop
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a table's layout does not allow
    <div
      id={`span-${node.id}`}
      className={props.isAside ? 'span-row aside' : 'span-row'}
      role="row"
      aria-level={node.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      style={{ transform: `translateY(${offset}px)` }}
      onClick={() => onSelect(node.id)}
      onDoubleClick={() => onFit(node)}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: the tree is one tab stop */}
      {/* biome-ignore lint/a11y/useSemanticElements: as the row */}
      <span className="label" role="gridcell">
        {node.depth > 0 && (
          <i
            className="guides"
            style={{ width: `calc(${Math.min(node.depth, deepestIndent)} * var(--level))` }}
          />
        )}
        {hasChildren ? (
          <button
            type="button"
            className="fold"
            tabIndex={-1}
            aria-label={isFolded ? 'Unfold' : 'Fold'}
            aria-expanded={!isFolded}
            onClick={(event) => {
              event.stopPropagation()
              onToggle(node.id)
            }}
          />
        ) : (
          <i className="leaf" />
        )}
        <span className="swatch hatch" data-span={node.kind} />
        <span className="name" title={node.name}>
          <Highlighted text={spanTitle(node)} query={query} />
        </span>
        {hasChildren && isFolded && <span className="count">{node.descendantCount} spans</span>}
        {isBad && <ErrorMark label={node.isError ? 'error' : `${node.errorsBelow} errors below`} />}
        <span className="length">
          {node.endMs === null ? 'open' : formatDuration(node.endMs - node.startMs)}
        </span>
      </span>
      <SpanLane {...props} />
    </div>
  )
})

function SpanLane({ node, window, lengthMs, isSelected }: SpanRowProps) {
  const endMs = node.endMs ?? Math.max(lengthMs, node.startMs)
  const from = positionOf(node.startMs, window)
  const to = positionOf(endMs, window)
  if (to < 0 || from > 1) {
    return (
      // biome-ignore lint/a11y/useFocusableInteractive: the tree is one tab stop
      // biome-ignore lint/a11y/useSemanticElements: as the row
      <span className="lane" role="gridcell">
        <span className="span-note" style={to < 0 ? { left: 0 } : { right: 0 }}>
          {to < 0 ? '◂ earlier' : 'later ▸'}
        </span>
      </span>
    )
  }
  const left = Math.max(0, from) * 100
  const width = Math.max(0, Math.min(1, to) * 100 - left)
  const classes = `span-bar hatch ${node.isError && node.children.length === 0 ? 'failed' : ''} ${node.endMs === null ? 'open' : ''}`
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree is one tab stop
    // biome-ignore lint/a11y/useSemanticElements: as the row
    <span className="lane" role="gridcell">
      <span
        className={classes}
        data-span={node.kind}
        style={{ left: `min(${left}%, calc(100% - 2px))`, width: `${width}%` }}
      />
      {isSelected && (
        <span
          className="span-outline"
          style={{ left: `calc(${left}% - 3px)`, width: `calc(${width}% + 6px)` }}
        />
      )}
    </span>
  )
}

function Highlighted({ text, query }: { text: string; query: string }) {
  const at = query ? text.toLowerCase().indexOf(query.toLowerCase()) : -1
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + query.length)}</mark>
      {text.slice(at + query.length)}
    </>
  )
}
