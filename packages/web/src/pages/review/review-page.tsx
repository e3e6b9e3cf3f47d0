import { RequestFailure } from '../../api/request.ts'
import type { ReviewChoice } from '../../api/reviews.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { FilterField } from '../../components/filter/filter-field.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { WhereExperimentExists } from '../../components/where-experiment-exists.tsx'
import type { TurnView } from '../../facade/turn-view.ts'
import { useStore } from '../../store/observable.ts'
import { ReviewQueueList } from './review-queue-list.tsx'
import { ReviewSubject } from './review-subject.tsx'
import { ReviewerForm, ReviewerName } from './reviewer-form.tsx'
import { ScoreForm } from './score-form.tsx'
import { useReview } from './use-review.ts'
import './review.css'

/** People score turns or conversations, one after the other, before they see what the judge thought. */
export function ReviewPage() {
  const review = useReview()
  const { experimentId, choice, queue, items, session, reviewer } = review
  const name = useExperimentName(experimentId)
  const refusal =
    choice.filter && queue.error instanceof RequestFailure && queue.error.kind === 'refused'
      ? queue.error.message
      : null
  useShortcuts({
    j: () => review.step(1),
    k: () => review.step(-1),
    enter: review.goOn,
  })
  return (
    <Page
      title={`${name}, review`}
      className="review-page"
      experimentId={experimentId}
      header={
        <>
          <ExperimentHeading experimentId={experimentId} name={name} />
          <span className="spacer" />
          {reviewer && <ReviewerName reviewer={reviewer} />}
        </>
      }
    >
      <div className="review-choice">
        <FilterField
          filter={choice.filter}
          refusal={refusal}
          onApply={(filter) => review.choose({ filter })}
        />
        <Choice
          label="What is scored"
          value={choice.unit}
          options={[
            ['turn', 'Turns'],
            ['conversation', 'Conversations'],
          ]}
          onChoose={(unit) => review.choose({ unit })}
        />
        <Choice
          label="In which order"
          value={choice.order}
          options={[
            ['newest', 'Newest'],
            ['shuffled', 'Shuffled'],
          ]}
          onChoose={(order) => review.choose({ order })}
        />
        <Choice
          label="Who scores"
          value={review.share}
          options={[
            ['each', 'Each scores all'],
            ['divided', 'Divided up'],
          ]}
          onChoose={(share) => review.choose({ share })}
        />
      </div>
      <WhereExperimentExists experimentId={experimentId}>
        {items.length > 0 && !reviewer ? (
          <ReviewerForm count={items.length} unit={choice.unit} />
        ) : items.length > 0 ? (
          <div className="review-columns">
            <ReviewQueueList
              items={items}
              matching={queue.data?.matching ?? items.length}
              session={session}
              others={review.others}
              currentKey={review.currentKey}
              onOpen={review.goTo}
            />
            <CurrentItem review={review} />
          </div>
        ) : refusal ? (
          <div />
        ) : queue.error ? (
          <FailurePanel error={queue.error} onRetry={() => void queue.refetch()} />
        ) : queue.data ? (
          <NothingToReview choice={choice} onClear={() => review.choose({ filter: '' })} />
        ) : (
          <LoadingRows />
        )}
      </WhereExperimentExists>
    </Page>
  )
}

function CurrentItem({ review }: { review: ReturnType<typeof useReview> }) {
  const { current, reviewed, session, criteria, isReady, isDeleted } = review
  // What is left to score changes with each score.
  useStore(session)
  if (isDeleted) {
    return (
      <EmptyPanel
        title="This conversation has been deleted"
        actions={
          <button type="button" className="button primary" onClick={review.goOn}>
            Go on without it <kbd className="wide-only">Enter</kbd>
          </button>
        }
      >
        It was in the queue when the queue was drawn. Nothing is left of it to score.
      </EmptyPanel>
    )
  }
  if (reviewed.error) return <FailurePanel error={reviewed.error} onRetry={() => void reviewed.refetch()} />
  if (!isReady || !reviewed.data || !current || reviewed.data.view.info.traceId !== current.traceId) {
    return <LoadingRows count={8} />
  }
  const { view, turns } = reviewed.data
  const turn = turns.find(({ spanId }) => spanId === current.spanId)
  if (current.spanId !== null && !turn) {
    return (
      <EmptyPanel title="This turn is not in its trace any more">
        The trace changed after the queue was drawn. Go on with the next one.
      </EmptyPanel>
    )
  }
  const own = session.open(current, view.info.assessments)
  return (
    <>
      <ReviewSubject reviewed={reviewed.data} turn={turn ?? null} />
      <ScoreForm
        key={review.currentKey}
        own={own}
        criteria={criteria}
        judged={view.assessments.filter(
          ({ spanId, source }) => spanId === current.spanId && source.type !== 'HUMAN',
        )}
        answer={answerOf(turn)}
        isLast={session.nextOpen(review.items, review.currentKey) === undefined}
        onNext={review.goOn}
        onLookForMore={() => void review.queue.refetch()}
      />
    </>
  )
}

function answerOf(turn: TurnView | undefined): string | null {
  return turn?.agentText ?? null
}

function Choice<Value extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string
  value: Value
  options: [Value, string][]
  onChoose(value: Value): void
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame that this row has no room for
    <div className="segmented" role="group" aria-label={label}>
      {options.map(([option, word]) => (
        <button type="button" key={option} aria-pressed={option === value} onClick={() => onChoose(option)}>
          {word}
        </button>
      ))}
    </div>
  )
}

interface NothingToReviewProps {
  choice: ReviewChoice
  onClear(): void
}

function NothingToReview({ choice, onClear }: NothingToReviewProps) {
  if (choice.filter === '') {
    return (
      <NothingYet what={`${choice.unit}s to review`}>
        {choice.unit === 'turn'
          ? 'Each turn can be scored here once it has ended, by the same criteria as the judge’s.'
          : 'Each conversation can be scored here once it is over.'}
      </NothingYet>
    )
  }
  return (
    <NothingMatches what={choice.unit} onClear={onClear}>
      Turns are reviewed once they have ended, conversations once they are over. A filter’s conditions on
      turns hold for the turn itself.
    </NothingMatches>
  )
}
