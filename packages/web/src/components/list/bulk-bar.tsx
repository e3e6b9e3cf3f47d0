import { type ReactNode, useRef, useState } from 'react'
import type { BatchesProgress } from '../../api/in-batches.ts'
import { counted, formatCount } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import { narrowScreen, useMediaQuery } from '../media-query.ts'
import type { BulkAction, BulkResult } from './bulk-action.ts'
import { Question } from './question.tsx'
import { type Tag, TagForm } from './tag-form.tsx'
import './bulk-bar.css'

interface BulkBarProps {
  selection: SelectionStore
  /** What is listed, one of it. */
  noun: string
  actions: readonly BulkAction[]
  /** The keys of all rows that are loaded. */
  loaded: readonly string[]
  /** Finds the ids of everything that the list would show; null when all of it is loaded. */
  findAll: ((progress: BatchesProgress) => Promise<string[]>) | null
  /** Further ways on with what is selected. */
  children?: ReactNode
  /** In its place while nothing is selected. */
  idle?: ReactNode
}

interface Said {
  text: string
  failed: boolean
  undo: BulkResult['undo'] | undefined
}

const noTag: Tag = { key: '', value: '' }

/** What can be done to what is selected of a list, how far it is, and how it went. What failed stays selected. */
export function BulkBar({ selection, noun, actions, loaded, findAll, children, idle }: BulkBarProps) {
  const selected = [...useStore(selection)]
  const [asking, setAsking] = useState<BulkAction | null>(null)
  const [said, setSaid] = useState<Said | null>(null)
  const [done, setDone] = useState<number | null>(null)
  const stop = useRef(new AbortController())
  const isBusy = done !== null
  const hasHead = !useMediaQuery(narrowScreen)
  const count = counted(selected.length, noun)

  const work = async (task: (progress: BatchesProgress) => Promise<Said | null>) => {
    setAsking(null)
    setSaid(null)
    setDone(0)
    stop.current = new AbortController()
    try {
      setSaid(await task({ signal: stop.current.signal, onDone: setDone }))
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), failed: true, undo: undefined })
    } finally {
      setDone(null)
    }
  }
  const act = (run: (progress: BatchesProgress) => Promise<BulkResult>) =>
    work(async (progress) => {
      const { said: text, failed, reason, gone = false, undo } = await run(progress)
      if (failed.length > 0) selection.selectAll(failed)
      else if (gone) selection.clear()
      if (failed.length === 0) return { text, failed: false, undo }
      const why = reason === null ? 'Stopped before' : 'Failed for'
      const rest = `${why} ${formatCount(failed.length)}, which stay selected`
      return { text: `${text} ${rest}${reason === null ? '.' : `: ${reason}`}`, failed: true, undo }
    })
  const selectAll = () =>
    work(async (progress) => {
      if (findAll) selection.selectAll(await findAll(progress))
      return null
    })

  if (selected.length === 0 && said === null && !isBusy) return idle
  return (
    <footer className="bulk-bar">
      {selected.length > 0 && <b>{count} selected</b>}
      {!hasHead && selected.length > 0 && selected.length < loaded.length && !isBusy && (
        <button type="button" className="button ghost" onClick={() => selection.selectAll(loaded)}>
          All {formatCount(loaded.length)} that are loaded
        </button>
      )}
      {findAll && selected.length > 0 && !isBusy && (
        <button type="button" className="button ghost" onClick={() => void selectAll()}>
          Select all that match
        </button>
      )}
      {selected.length > 0 &&
        actions.map((action) => (
          <button
            key={action.label}
            type="button"
            className={typeof action.asks === 'object' ? 'button danger' : 'button'}
            disabled={isBusy}
            onClick={() => {
              if (action.asks) setAsking(action)
              else void act((progress) => action.run(selected, progress, noTag))
            }}
          >
            {action.label}
          </button>
        ))}
      {isBusy && (
        <>
          <progress
            aria-label="Done so far"
            {...(done > 0 && done <= selected.length && { value: done, max: selected.length })}
          />
          <span className="num">{formatCount(done)}</span>
          <button type="button" className="button" onClick={() => stop.current.abort()}>
            Stop
          </button>
        </>
      )}
      <span className={said?.failed ? 'outcome failed' : 'outcome'} role="status">
        {said?.text}
      </span>
      {said?.undo && (
        <button type="button" className="button" onClick={() => said.undo && void act(said.undo)}>
          Undo
        </button>
      )}
      <span className="spacer" />
      {selected.length > 0 && children}
      {!isBusy && (
        <button
          type="button"
          className="button ghost"
          onClick={() => {
            selection.clear()
            setSaid(null)
          }}
        >
          {selected.length > 0 ? 'Clear' : 'Close'}
        </button>
      )}
      {typeof asking?.asks === 'object' && (
        <Question title={`${asking.asks.title} ${count}?`} onClose={() => setAsking(null)}>
          <p>{asking.asks.text}</p>
          <div className="actions">
            <button type="button" className="button" onClick={() => setAsking(null)}>
              Keep them
            </button>
            <button
              type="button"
              className="button danger"
              onClick={() => void act((progress) => asking.run(selected, progress, noTag))}
            >
              {asking.label}
            </button>
          </div>
        </Question>
      )}
      {asking?.asks === 'tag' && (
        <Question title={`Tag ${count}`} onClose={() => setAsking(null)}>
          <TagForm onTag={(tag) => void act((progress) => asking.run(selected, progress, tag))} />
        </Question>
      )}
    </footer>
  )
}
