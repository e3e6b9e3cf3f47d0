import type { Assessment } from '@voxtrace/model'
import type { ReviewItem } from '../api/reviews.ts'
import { Observable } from './observable.ts'
import { type AssessmentWriter, OwnAssessments } from './own-assessments.ts'

/** What tells one item of a queue from the others. */
export function reviewKeyOf({ traceId, spanId }: Pick<ReviewItem, 'traceId' | 'spanId'>): string {
  return spanId === null ? traceId : `${traceId}.${spanId}`
}

let sessions = 0

/**
 * One person's way through a queue: by how many criteria each item is scored, and what was said of those that were
 * opened. What could not be written yet stays when the person goes on to another item.
 */
export class ReviewSession extends Observable<ReadonlyMap<string, number>> {
  /** Tells what was read in this session from what was read before it. */
  readonly id = ++sessions
  readonly #reviewer: string
  readonly #criteria: ReadonlySet<string>
  readonly #writer: AssessmentWriter
  readonly #opened = new Map<string, OwnAssessments>()
  #left: ReadonlySet<string>

  constructor(
    items: readonly ReviewItem[],
    reviewer: string,
    criteria: readonly string[],
    writer: AssessmentWriter,
    left: ReadonlySet<string>,
  ) {
    const wanted = new Set(criteria)
    super(
      new Map(
        items.map((item) => [
          reviewKeyOf(item),
          new Set(
            item.scores
              .filter(({ name, sourceId }) => sourceId === reviewer && wanted.has(name))
              .map(({ name }) => name),
          ).size,
        ]),
      ),
    )
    this.#reviewer = reviewer
    this.#criteria = wanted
    this.#writer = writer
    this.#left = left
  }

  /** What the person says of an item; `known` is what its trace held when it was first opened. */
  open(item: Pick<ReviewItem, 'traceId' | 'spanId'>, known: readonly Assessment[]): OwnAssessments {
    const key = reviewKeyOf(item)
    const opened = this.#opened.get(key)
    if (opened) return opened
    const own = new OwnAssessments(item, this.#reviewer, known, this.#writer)
    this.#opened.set(key, own)
    own.subscribe(() => this.#count(key, own))
    return own
  }

  /** Leaves items to others, who have scored them. */
  leave(keys: ReadonlySet<string>): void {
    if (keys.size === this.#left.size && [...keys].every((key) => this.#left.has(key))) return
    this.#left = keys
    this.setState(new Map(this.getState()))
  }

  /** Whether nothing of it is left to score for this person. */
  isDone(item: ReviewItem): boolean {
    return this.isOwnDone(item) || this.#left.has(reviewKeyOf(item))
  }

  /** Whether this person has scored it by every criterion. */
  isOwnDone(item: ReviewItem): boolean {
    return (this.getState().get(reviewKeyOf(item)) ?? 0) >= this.#criteria.size
  }

  /** The first item after this one, or else from the top, that is not fully scored. */
  nextOpen(items: readonly ReviewItem[], key: string | null): ReviewItem | undefined {
    const at = items.findIndex((item) => reviewKeyOf(item) === key)
    return [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => !this.isDone(item))
  }

  #count(key: string, own: OwnAssessments): void {
    const scored = [...own.getState()].filter(
      ([name, { value }]) => value !== undefined && this.#criteria.has(name),
    ).length
    if (this.getState().get(key) !== scored) this.setState(new Map(this.getState()).set(key, scored))
  }
}
