import { type FormEvent, useState } from 'react'
import { PlainField } from '../../components/plain-field.tsx'
import { formatCount } from '../../format/time.ts'
import { reviewerStore } from '../../store/reviewer.ts'

interface ReviewerFormProps {
  /** How many wait to be scored. */
  count: number
  unit: 'turn' | 'conversation'
}

/** Asks for the name under which scores are kept. */
export function ReviewerForm({ count, unit }: ReviewerFormProps) {
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    reviewerStore.set(name)
  }
  return (
    <div className="panel-state">
      <h2>Who is reviewing?</h2>
      <p>
        {count === 1 ? `One ${unit} is` : `${formatCount(count)} ${unit}s are`} here to be scored. Your scores
        stand beside the judge's under this name, so that several people can score the same turn and be
        compared. It is kept in this browser.
      </p>
      <form className="actions" onSubmit={submit}>
        <PlainField label="Your name" value={name} maxLength={100} autoComplete="name" onChange={setName} />
        <button type="submit" className="button primary" disabled={name.trim() === ''}>
          Begin
        </button>
      </form>
    </div>
  )
}

/** Says who reviews, and lets another take over. */
export function ReviewerName({ reviewer }: { reviewer: string }) {
  return (
    <button
      type="button"
      className="button ghost"
      title="Somebody else reviews"
      onClick={() => reviewerStore.set('')}
    >
      <span className="wide-only">Reviewing as</span> <b className="ellipsis">{reviewer}</b>
    </button>
  )
}
