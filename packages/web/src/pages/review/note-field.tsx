import { type ReactNode, type Ref, useEffect, useId, useRef, useState } from 'react'

interface NoteFieldProps {
  ref?: Ref<HTMLTextAreaElement>
  label: string
  isLabelHidden?: boolean
  /** The key that leads here. */
  hint?: string
  value: string
  placeholder: string
  action?: ReactNode
  /** Called with the text when the field is left, also by leaving the page's item. */
  onCommit(value: string): void
}

/** A few words that are saved when the field is left. */
export function NoteField(props: NoteFieldProps) {
  const { ref, label, isLabelHidden = false, hint, value, placeholder, action, onCommit } = props
  const [draft, setDraft] = useState(value)
  const id = useId()
  useEffect(() => setDraft(value), [value])
  const latest = useRef({ draft, value, onCommit })
  latest.current = { draft, value, onCommit }
  const commit = () => {
    const { draft, value, onCommit } = latest.current
    if (draft !== value) onCommit(draft)
  }
  const leave = useRef(commit)
  leave.current = commit
  useEffect(() => () => leave.current(), [])
  return (
    <div className="note-field">
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : undefined}>
        {label} {hint && <kbd className="wide-only">{hint}</kbd>}
      </label>
      {action}
      <textarea
        ref={ref}
        id={id}
        rows={isLabelHidden ? 1 : 2}
        value={draft}
        placeholder={placeholder}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
      />
    </div>
  )
}
