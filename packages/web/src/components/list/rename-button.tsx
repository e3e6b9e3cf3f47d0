import { useState } from 'react'
import { NameForm } from './name-form.tsx'
import { Question } from './question.tsx'

interface RenameButtonProps {
  /** What is renamed, such as "An experiment". */
  subject: string
  current: string
  /** What it throws is said beneath the name. */
  onRename(name: string): Promise<void>
}

/** Asks for another name of one thing. */
export function RenameButton({ subject, current, onRename }: RenameButtonProps) {
  const [isOpen, setOpen] = useState(false)
  const rename = async (name: string) => {
    await onRename(name)
    setOpen(false)
  }
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Rename
      </button>
      {isOpen && (
        <Question title={`Rename ${current}`} onClose={() => setOpen(false)}>
          <NameForm subject={subject} current={current} action="Rename" onSave={rename} />
        </Question>
      )}
    </>
  )
}
