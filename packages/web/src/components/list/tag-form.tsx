import { type FormEvent, useState } from 'react'

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
      <label className="field">
        <span className="visually-hidden">Tag</span>
        <input
          value={key}
          placeholder="Tag"
          maxLength={250}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <label className="field">
        <span className="visually-hidden">Value</span>
        <input
          value={value}
          placeholder="Value"
          maxLength={4096}
          onChange={(event) => setValue(event.target.value)}
        />
      </label>
      <button type="submit" className="button primary" disabled={key.trim() === ''}>
        Set
      </button>
    </form>
  )
}
