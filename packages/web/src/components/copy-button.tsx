import { useEffect, useState } from 'react'
import { Icon } from './icon.tsx'

/** Copies a text; says when it has, or that the browser does not let it. */
export function CopyButton({
  text,
  label,
  className = 'button square ghost',
}: {
  text: string | (() => string)
  label: string
  className?: string
}) {
  const [outcome, setOutcome] = useState<'copied' | 'denied' | null>(null)
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(null), 2000)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
      setOutcome('copied')
    } catch {
      setOutcome('denied')
    }
  }
  const title =
    outcome === 'copied'
      ? 'Copied'
      : outcome === 'denied'
        ? 'This browser does not allow copying here'
        : label
  return (
    <button type="button" className={className} aria-label={title} title={title} onClick={copy}>
      <Icon name={outcome === 'copied' ? 'check' : outcome === 'denied' ? 'close' : 'copy'} />
    </button>
  )
}
