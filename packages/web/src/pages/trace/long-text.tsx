import { useState } from 'react'
import { formatCount } from '../../format/time.ts'

/** Longer texts show their beginning first, and then so much more at a time. */
const shownCharacters = 20_000
const moreCharacters = 200_000

/** A text of any length: what is not asked for is not drawn, so that ten million characters do not hold up the page. */
export function LongText({ text }: { text: string }) {
  const [shown, setShown] = useState(shownCharacters)
  if (text.length <= shown) return <span dir="auto">{text}</span>
  const rest = text.length - shown
  return (
    <span dir="auto">
      {text.slice(0, shown)}…{' '}
      <button type="button" className="button" onClick={() => setShown(shown + moreCharacters)}>
        {formatCount(Math.min(rest, moreCharacters))} more of {formatCount(text.length)} characters
      </button>
    </span>
  )
}
