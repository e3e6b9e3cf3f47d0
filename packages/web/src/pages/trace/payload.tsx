import type { Json } from '@voxtrace/model'
import { mediaOf, readMessages, readPlainText, type ToolCall } from '../../facade/chat-messages.ts'
import { JsonTree } from './json-tree.tsx'
import { LongText } from './long-text.tsx'
import { Media } from './media.tsx'

/** Inputs or outputs in the form that reads best: messages, a picture or sound, plain text, or JSON. */
export function Payload({ value }: { value: Json }) {
  const messages = readMessages(value)
  if (messages) {
    return (
      <div className="messages">
        {messages.map(({ role, text, media, calls }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages are a sequence
          <div className="message" key={index}>
            <span>{role}</span>
            <div>
              <LongText text={text} />
              <Media media={media} />
              {calls.map((call, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: calls are a sequence
                <ToolCallOf key={at} call={call} />
              ))}
            </div>
          </div>
        ))}
      </div>
    )
  }
  const text = readPlainText(value)
  const media = mediaOf(text ?? value)
  if (text !== null) {
    return media.length > 0 ? (
      <Media media={media} />
    ) : (
      <p className="payload-text">
        <LongText text={text} />
      </p>
    )
  }
  return (
    <>
      <Media media={media} />
      <JsonTree value={value} />
    </>
  )
}

function ToolCallOf({ call }: { call: ToolCall }) {
  return (
    <div className="tool-call">
      <span className="faint">calls</span> <code>{call.name}</code>
      <JsonTree value={call.arguments} />
    </div>
  )
}
