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
      await copyText(typeof text === 'string' ? text : text())
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

/** Pages on plain http have no clipboard of their own, but may copy what is selected. @throws when neither is allowed */
async function copyText(text: string): Promise<void> {
  if (isSecureContext) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  const focused = document.activeElement
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  if (!isCopied) throw new Error('The browser does not let this page copy.')
}
