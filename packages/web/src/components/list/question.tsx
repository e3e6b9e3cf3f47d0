import { Dialog } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import '../keyboard-sheet.css'
import './question.css'

/** What is asked before something is done. Where the focus was, it is again once the question is closed. */
export function Question({
  title,
  onClose,
  children,
}: {
  title: string
  onClose(): void
  children: ReactNode
}) {
  const [opener] = useState(document.activeElement)
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="sheet-overlay" />
        <Dialog.Content
          className="sheet question"
          aria-describedby={undefined}
          onCloseAutoFocus={() => opener instanceof HTMLElement && opener.focus()}
        >
          <header>
            <Dialog.Title>{title}</Dialog.Title>
          </header>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
