import { type FormEvent, useId, useState } from 'react'
import './name-form.css'

interface NameFormProps {
  /** What is named, such as "An experiment". */
  subject: string
  /** The name that it has. */
  current?: string
  /** What the button says. */
  action: string
  /** What it throws is said beneath the name. */
  onSave(name: string): Promise<void>
}

/** A name to give, with what is wrong with it said in place. */
export function NameForm({ subject, current = '', action, onSave }: NameFormProps) {
  const [name, setName] = useState(current)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const id = useId()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const wanted = name.trim()
    if (wanted === '') return setProblem(`${subject} needs a name.`)
    setBusy(true)
    try {
      await onSave(wanted)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <form className="name-form" onSubmit={(event) => void submit(event)}>
      <div className="actions">
        <label className="field" data-invalid={problem !== null}>
          <span className="visually-hidden">Name</span>
          <input
            value={name}
            placeholder="Name"
            maxLength={500}
            autoComplete="off"
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : id}
            onFocus={(event) => event.target.select()}
            onChange={(event) => {
              setName(event.target.value)
              setProblem(null)
            }}
          />
        </label>
        <button type="submit" className="button primary" disabled={isBusy}>
          {action}
        </button>
      </div>
      {problem !== null && (
        <p className="problem" id={id} role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
