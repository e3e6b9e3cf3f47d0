import type { Json } from '@voxtrace/model'
import { useState } from 'react'
import { readMessages, readPlainText } from '../../facade/chat-messages.ts'

/** Longer texts show their beginning first. */
const shownCharacters = 20_000

/** Inputs or outputs in the form that reads best: messages, plain text, or JSON. */
export function Payload({ value }: { value: Json }) {
  const messages = readMessages(value)
  if (messages) {
    return (
      <div className="messages">
        {messages.map(({ role, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages are a sequence
          <div className="message" key={index}>
            <span>{role}</span>
            <Long text={text} />
          </div>
        ))}
      </div>
    )
  }
  const text = readPlainText(value)
  if (text !== null) {
    return (
      <p className="payload-text">
        <Long text={text} />
      </p>
    )
  }
  return (
    <pre>
      <Long text={JSON.stringify(value, null, 2)} />
    </pre>
  )
}

function Long({ text }: { text: string }) {
  const [whole, setWhole] = useState(false)
  if (whole || text.length <= shownCharacters) return <span>{text}</span>
  return (
    <span>
      {text.slice(0, shownCharacters)}…{' '}
      <button type="button" className="button" onClick={() => setWhole(true)}>
        Show all {text.length.toLocaleString('en-US')} characters
      </button>
    </span>
  )
}
