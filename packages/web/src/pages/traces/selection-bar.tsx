import { Link } from '@tanstack/react-router'
import { Dialog } from 'radix-ui'
import { type FormEvent, useState } from 'react'
import { deleteTraces, exportTraces, judgeAgain, setTagOnTraces } from '../../api/trace-actions.ts'
import { formatCount } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import type { TraceListFeed } from './trace-list-feed.ts'
import '../../components/keyboard-sheet.css'

interface SelectionBarProps {
  experimentId: string
  feed: TraceListFeed
  selection: SelectionStore
}

/** What can be done to the selected traces, and how it went. */
export function SelectionBar({ experimentId, feed, selection }: SelectionBarProps) {
  const selected = [...useStore(selection)]
  const [asking, setAsking] = useState<'tag' | 'delete' | null>(null)
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean } | null>(null)
  const [isBusy, setBusy] = useState(false)
  const traces = selected.length === 1 ? 'trace' : 'traces'
  const act = async (action: () => Promise<string>) => {
    setAsking(null)
    setBusy(true)
    setOutcome(null)
    try {
      setOutcome({ text: await action(), failed: false })
    } catch (error) {
      setOutcome({ text: error instanceof Error ? error.message : String(error), failed: true })
    } finally {
      setBusy(false)
    }
  }
  const button = (label: string, run: () => void, className = 'button') => (
    <button type="button" className={className} disabled={isBusy} onClick={run}>
      {label}
    </button>
  )
  return (
    <footer className="trace-list-foot selecting">
      <b>
        {formatCount(selected.length)} {traces} selected
      </b>
      {button('Tag', () => setAsking('tag'))}
      {button(
        'Judge again',
        () =>
          void act(async () => {
            const turns = await judgeAgain(selected)
            return turns === 0
              ? 'There are no ended turns to judge.'
              : `${formatCount(turns)} ${turns === 1 ? 'turn waits' : 'turns wait'} for the judge.`
          }),
      )}
      {button(
        'Export',
        () =>
          void act(async () => {
            download(await exportTraces(selected), 'traces.jsonl')
            return `${formatCount(selected.length)} ${traces} written to traces.jsonl.`
          }),
      )}
      {button('Delete', () => setAsking('delete'), 'button danger')}
      <span className={outcome?.failed ? 'outcome failed' : 'outcome'} role="status">
        {outcome?.text}
      </span>
      <span className="spacer" />
      {selected.length === 1 && selected[0] && (
        <Link to="/traces/$traceId" params={{ traceId: selected[0] }} className="button">
          Open
        </Link>
      )}
      {button('Clear', () => selection.clear(), 'button ghost')}
      <Question
        open={asking === 'delete'}
        title={`Delete ${formatCount(selected.length)} ${traces}?`}
        onClose={() => setAsking(null)}
      >
        <p>
          Their spans, recordings and scores go with them. This cannot be undone; an export beforehand keeps
          them.
        </p>
        <div className="actions">
          {button('Keep them', () => setAsking(null))}
          {button(
            'Delete',
            () =>
              void act(async () => {
                const count = await deleteTraces(experimentId, selected)
                for (const traceId of selected) feed.list.remove(traceId)
                selection.clear()
                return `${formatCount(count)} deleted.`
              }),
            'button danger',
          )}
        </div>
      </Question>
      <Question
        open={asking === 'tag'}
        title={`Tag ${formatCount(selected.length)} ${traces}`}
        onClose={() => setAsking(null)}
      >
        <TagForm
          onTag={(key, value) =>
            void act(async () => {
              await setTagOnTraces(selected, key, value)
              return `${key} set on ${formatCount(selected.length)} ${traces}.`
            })
          }
        />
      </Question>
    </footer>
  )
}

function TagForm({ onTag }: { onTag(key: string, value: string): void }) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onTag(key.trim(), value.trim())
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

function Question({
  open,
  title,
  onClose,
  children,
}: {
  open: boolean
  title: string
  onClose(): void
  children: React.ReactNode
}) {
  return (
    <Dialog.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="sheet-overlay" />
        <Dialog.Content className="sheet question" aria-describedby={undefined}>
          <header>
            <Dialog.Title>{title}</Dialog.Title>
          </header>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
