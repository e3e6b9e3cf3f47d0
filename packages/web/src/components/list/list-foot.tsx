import { counted, formatCount } from '../../format/time.ts'

interface ListFootProps {
  count: number
  /** Whether more can be loaded. */
  hasMore: boolean
  /** What is listed, one of it. */
  noun: string
  order: string
}

/** The keys of a list, and how much of it there is. */
export function ListFoot({ count, hasMore, noun, order }: ListFootProps) {
  return (
    <footer className="list-foot">
      <span>
        <kbd>J</kbd>
        <kbd>K</kbd> move
      </span>
      <span>
        <kbd>Enter</kbd> open
      </span>
      <span>
        <kbd>X</kbd> select
      </span>
      <span>
        <kbd>/</kbd> filter
      </span>
      <span className="spacer" />
      <span>
        {hasMore ? `${formatCount(count)} or more ${noun}s` : counted(count, noun)}, {order}
      </span>
    </footer>
  )
}
