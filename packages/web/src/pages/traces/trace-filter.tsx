import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Icon } from '../../components/icon.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import './trace-filter.css'

const examples = [
  { filter: 'turn.voice_to_voice_ms > 2000', meaning: 'a turn that was slow to answer' },
  { filter: 'turn.interrupted = true', meaning: 'the user spoke over an answer' },
  { filter: "span.status = 'ERROR'", meaning: 'some part failed' },
  { filter: 'execution_time_ms > 60000', meaning: 'longer than a minute' },
  { filter: 'feedback.`judge.faithfulness` <= 2', meaning: 'an answer not borne out by what was retrieved' },
  { filter: "text ILIKE '%cold start%'", meaning: 'something was said or recorded' },
] as const

interface TraceFilterProps {
  filter: string
  /** Why the server refused the filter, or null. */
  refusal: string | null
  onApply(filter: string): void
}

/** The filter, in MLflow's search language. Enter applies it; a filter that is refused says why, in place. */
export function TraceFilter({ filter, refusal, onApply }: TraceFilterProps) {
  const [draft, setDraft] = useState(filter)
  const [isOpen, setOpen] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => setDraft(filter), [filter])
  useShortcuts({ '/': () => input.current?.focus() })

  const apply = (next: string) => {
    setDraft(next)
    setOpen(false)
    onApply(next.trim())
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    apply(draft)
  }
  const showsRefusal = refusal !== null && draft.trim() === filter
  return (
    <search className="trace-filter">
      <form
        ref={form}
        onSubmit={submit}
        onBlur={(event) => {
          if (!form.current?.contains(event.relatedTarget)) setOpen(false)
        }}
      >
        <label className="field" data-invalid={showsRefusal}>
          <Icon name="search" />
          <span className="visually-hidden">Filter traces</span>
          <input
            ref={input}
            value={draft}
            placeholder="Filter, such as turn.voice_to_voice_ms > 2000"
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            aria-invalid={showsRefusal}
            aria-describedby={showsRefusal ? 'filter-refusal' : undefined}
            onFocus={() => setOpen(true)}
            onChange={(event) => setDraft(event.target.value)}
          />
          {draft && (
            <button
              type="button"
              className="button ghost square"
              aria-label="Clear the filter"
              style={{ height: 22, width: 22 }}
              onClick={() => apply('')}
            >
              <Icon name="close" />
            </button>
          )}
          <kbd className="wide-only">/</kbd>
        </label>
        {showsRefusal ? (
          <p className="filter-note invalid" id="filter-refusal" role="alert">
            {refusal}
          </p>
        ) : (
          isOpen &&
          draft === '' && (
            <div className="filter-note">
              {examples.map((example) => (
                <button type="button" key={example.filter} onClick={() => apply(example.filter)}>
                  <code>{example.filter}</code>
                  <span className="faint">{example.meaning}</span>
                </button>
              ))}
            </div>
          )
        )}
      </form>
    </search>
  )
}
