import { useRef } from 'react'
import type { ReviewItem } from '../../api/reviews.ts'
import { Icon } from '../../components/icon.tsx'
import { useIntoView } from '../../components/use-into-view.ts'
import type { OtherReviewers } from '../../facade/other-reviewers.ts'
import { formatCount, formatMoment } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { type ReviewSession, reviewKeyOf } from '../../store/review-session.ts'

interface ReviewQueueListProps {
  items: readonly ReviewItem[]
  /** How many match the filter; the queue may hold fewer. */
  matching: number
  session: ReviewSession
  /** Who else has scored each item. */
  others: ReadonlyMap<string, OtherReviewers>
  currentKey: string | null
  onOpen(item: ReviewItem): void
}

/** What is to be scored, how far each is, and how far the whole. */
export function ReviewQueueList({
  items,
  matching,
  session,
  others,
  currentKey,
  onOpen,
}: ReviewQueueListProps) {
  const counts = useStore(session)
  const done = items.filter((item) => session.isDone(item)).length
  const own = items.filter((item) => session.isOwnDone(item)).length
  const current = useRef<HTMLButtonElement>(null)
  useIntoView(current, currentKey)
  return (
    <nav className="review-queue" aria-label="Review queue">
      <header>
        <b>
          {formatCount(done)} of {formatCount(items.length)} scored
        </b>
        {done > own && <span className="faint">{formatCount(done - own)} by others</span>}
        {matching > items.length && <span className="faint">of {formatCount(matching)} that match</span>}
        <progress value={done} max={items.length} aria-label="Scored so far" />
      </header>
      <ol>
        {items.map((item) => {
          const key = reviewKeyOf(item)
          const count = counts.get(key) ?? 0
          return (
            <li key={key}>
              <button
                type="button"
                ref={key === currentKey ? current : undefined}
                aria-current={key === currentKey ? 'true' : undefined}
                onClick={() => onOpen(item)}
              >
                <span className="done">
                  {session.isDone(item) ? <Icon name="check" /> : count > 0 ? count : ''}
                  {session.isDone(item) && <span className="visually-hidden">scored</span>}
                </span>
                <span className="ellipsis">
                  {item.userText ?? (item.requestTimeMs > 0 ? 'Nothing was understood' : 'From a link')}
                </span>
                <span className="faint">
                  {item.requestTimeMs > 0 && formatMoment(item.requestTimeMs, Date.now())}
                  {item.number !== null && `, turn ${item.number}`}
                  {namesText(others.get(key)?.names ?? [])}
                </span>
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

/** Who else has scored it. */
function namesText([first, second, ...more]: readonly string[]): string {
  if (first === undefined) return ''
  if (second === undefined) return `, also ${first}`
  return more.length === 0 ? `, also ${first} and ${second}` : `, also ${more.length + 2} others`
}
