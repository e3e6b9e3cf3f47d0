import { type FormEvent, useState } from 'react'
import { PlainField } from '../plain-field.tsx'

export interface Tag {
  key: string
  value: string
}

/** A tag to set, and its value. */
export function TagForm({ onTag }: { onTag(tag: Tag): void }) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onTag({ key: key.trim(), value: value.trim() })
  }
  return (
    <form className="actions" onSubmit={submit}>
      <PlainField label="Tag" value={key} maxLength={250} onChange={setKey} />
      <PlainField label="Value" value={value} maxLength={4096} onChange={setValue} />
      <button type="submit" className="button primary" disabled={key.trim() === ''}>
        Set
      </button>
    </form>
  )
}
