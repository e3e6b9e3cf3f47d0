import { Link } from '@tanstack/react-router'
import type { TraceInfo } from '@voxtrace/model'
import { Fragment } from 'react'
import { quotedKey, quotedText } from '../../facade/filter-text.ts'
import { LongText } from './long-text.tsx'

/** What MLflow's clients and the server keep for themselves, or what stands above already. */
const housekeeping = new Set([
  'mlflow.trace.cost',
  'mlflow.trace.tokenUsage',
  'mlflow.trace.spansLocation',
  'mlflow.trace_schema.version',
  'mlflow.artifactLocation',
  'mlflow.traceName',
  'mlflow.traceInputs',
  'mlflow.traceOutputs',
])
/** Longer values belong to one trace alone. */
const longestShared = 250

interface Note {
  key: string
  value: string
  /** The traces that have the same. */
  filter: string
}

/** What senders and people noted of the trace, such as its session and its tags. */
export function traceNotesOf({ metadata, tags }: TraceInfo): Note[] {
  return [
    ...notesIn(metadata, (key) => `metadata.${quotedKey(key)}`),
    ...notesIn(tags, (key) => `tags.${quotedKey(key)}`),
  ]
}

function notesIn(notes: Record<string, string>, field: (key: string) => string): Note[] {
  return Object.entries(notes)
    .filter(([key]) => !housekeeping.has(key))
    .map(([key, value]) => ({ key, value, filter: `${field(key)} = ${quotedText(value)}` }))
}

/** Each note leads to the traces that have the same. */
export function TraceNotes({ experimentId, notes }: { experimentId: string; notes: readonly Note[] }) {
  if (notes.length === 0) return <p className="faint">None.</p>
  return (
    <dl className="attribute-list">
      {notes.map(({ key, value, filter }) => (
        <Fragment key={filter}>
          <dt>{key}</dt>
          <dd>
            {value.length > longestShared ? (
              <LongText text={value} />
            ) : (
              <Link
                to="/experiments/$experimentId"
                params={{ experimentId }}
                search={{ filter }}
                title="Traces with the same"
              >
                {value}
              </Link>
            )}
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}
