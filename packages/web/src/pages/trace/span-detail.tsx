import { Link } from '@tanstack/react-router'
import { retrievedDocuments, type Span, spanInputs, spanOutputs } from '@voxtrace/model'
import { spanToJson } from '@voxtrace/protocol'
import { Tabs } from 'radix-ui'
import { Fragment, type ReactNode } from 'react'
import { CopyButton } from '../../components/copy-button.tsx'
import { FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { spanFacts } from '../../facade/span-facts.ts'
import { spanTitle } from '../../facade/span-title.ts'
import { ancestorsOf, type SpanNode } from '../../facade/span-tree.ts'
import { scoresOfSpan, type TraceView } from '../../facade/trace-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import { formatDuration } from '../../format/time.ts'
import { type DetailTab, detailTabs } from '../../store/detail-tabs.ts'
import { Documents } from './documents.tsx'
import { JsonTree } from './json-tree.tsx'
import { LongText } from './long-text.tsx'
import { Payload } from './payload.tsx'
import { Rationale } from './score-buttons.tsx'
import { TraceNotes, traceNotesOf } from './trace-notes.tsx'
import { useWholeSpan } from './use-trace.ts'
import './span-detail.css'

interface SpanDetailProps {
  view: TraceView
  node: SpanNode
  /** The turn that the span stands for, if it does. */
  turn: TurnView | undefined
  lengthMs: number
  tab: DetailTab
  onTab(tab: DetailTab): void
  /** Beneath the waterfall (wide) or beside it (narrow). */
  placement: 'below' | 'beside'
}

/** Everything that is known of one span. */
export function SpanDetail({ view, node, turn, lengthMs, tab, onTab, placement }: SpanDetailProps) {
  const { span, error } = useWholeSpan(view, node)
  const scores = scoresOfSpan(view, node.id)
  const counts: Partial<Record<DetailTab, number>> = {
    attributes: span ? Object.keys(span.attributes).length : 0,
    events: span?.events.length ?? 0,
    scores: scores.length,
  }
  return (
    <Tabs.Root
      className={`span-detail ${placement}`}
      value={tab}
      onValueChange={(value) => {
        const next = detailTabs.find((known) => known === value)
        if (next) onTab(next)
      }}
      asChild
    >
      <section aria-label={`Span ${node.name}`}>
        <div className="span-detail-head">
          <div className="title">
            <span className="swatch hatch" data-span={node.kind} />
            <b className="ellipsis">{spanTitle(node)}</b>
            <span className="faint ellipsis">{ancestorsOf(node).map(spanTitle).join(' / ')}</span>
            {node.isError && <span className="tag alert">Error</span>}
            {node.endMs === null && (
              <span className="tag live">
                <span className="dot" />
                Open
              </span>
            )}
          </div>
          {turn && (
            <Link
              to="/experiments/$experimentId/review"
              params={{ experimentId: view.info.experimentId }}
              search={{ at: `${view.info.traceId}.${turn.spanId}` }}
              className="button ghost score-link"
            >
              Score this turn
            </Link>
          )}
          <Tabs.List className="detail-tabs" aria-label="About this span">
            {detailTabs.map((name) => (
              <Tabs.Trigger key={name} value={name}>
                {name.charAt(0).toUpperCase() + name.slice(1)}
                {counts[name] ? <span className="faint">{counts[name]}</span> : null}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
        </div>
        <Tabs.Content value={tab} className="detail-body">
          {node.isError && node.span.status.message && (
            <p className="detail-failure">{node.span.status.message}</p>
          )}
          {span ? (
            <TabContent tab={tab} view={view} node={node} span={span} turn={turn} lengthMs={lengthMs} />
          ) : error ? (
            <FailurePanel error={error} />
          ) : (
            <LoadingRows count={5} />
          )}
        </Tabs.Content>
      </section>
    </Tabs.Root>
  )
}

function TabContent({
  tab,
  view,
  node,
  span,
  turn,
  lengthMs,
}: Pick<SpanDetailProps, 'tab' | 'view' | 'node' | 'turn' | 'lengthMs'> & { span: Span }): ReactNode {
  switch (tab) {
    case 'overview':
      return (
        <div className="detail-overview">
          <section>
            <dl className="facts">
              {spanFacts(node, span, lengthMs).map(({ name, value }) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
          {!isBareRoot(view, node, span) && (
            <>
              <section>
                <h3>Input</h3>
                <Inputs span={span} turn={turn} />
              </section>
              <section>
                <h3>Output</h3>
                <Outputs span={span} turn={turn} />
              </section>
            </>
          )}
          {node === view.tree.roots[0] && (
            <section className="wide">
              <h3>Trace</h3>
              <TraceNotes experimentId={view.info.experimentId} notes={traceNotesOf(view.info)} />
            </section>
          )}
        </div>
      )
    case 'inputs':
      return <Inputs span={span} turn={turn} />
    case 'outputs':
      return <Outputs span={span} turn={turn} />
    case 'attributes':
      return <AttributeList entries={Object.entries(span.attributes)} />
    case 'events':
      return <Events span={span} />
    case 'scores': {
      const scores = scoresOfSpan(view, node.id)
      if (scores.length === 0)
        return <p className="faint">Nothing has been said about this span. Judges score turns.</p>
      return (
        <div className="scores-list">
          {scores.map((score) => (
            <Rationale key={score.id} score={score} />
          ))}
        </div>
      )
    }
    case 'raw': {
      const json = spanToJson(span)
      return (
        <>
          <div style={{ float: 'right' }}>
            <CopyButton text={() => JSON.stringify(json, null, 2)} label="Copy the span as JSON" />
          </div>
          <JsonTree value={JSON.parse(JSON.stringify(json))} />
        </>
      )
    }
  }
}

function Inputs({ span, turn }: { span: Span; turn: TurnView | undefined }) {
  const inputs = spanInputs(span) ?? turn?.userText ?? null
  return inputs === null ? <p className="faint">None recorded.</p> : <Payload value={inputs} />
}

function Outputs({ span, turn }: { span: Span; turn: TurnView | undefined }) {
  const documents = retrievedDocuments(span)
  if (documents.length > 0) return <Documents documents={documents} />
  const outputs = spanOutputs(span) ?? turn?.agentText ?? null
  if (outputs !== null) return <Payload value={outputs} />
  return <p className="faint">{span.endTimeUnixNano === null ? 'None yet.' : 'None recorded.'}</p>
}

/** The root of a conversation, or one without a payload of its own, speaks for the trace alone. */
function isBareRoot({ tree, conversation }: TraceView, node: SpanNode, span: Span): boolean {
  if (tree.roots[0] !== node) return false
  return conversation !== null || (spanInputs(span) === null && spanOutputs(span) === null)
}

function AttributeList({ entries }: { entries: [string, unknown][] }) {
  if (entries.length === 0) return <p className="faint">None.</p>
  return (
    <dl className="attribute-list">
      {entries.map(([key, value]) => (
        <Fragment key={key}>
          <dt>{key}</dt>
          <dd>
            <LongText text={typeof value === 'string' ? value : JSON.stringify(value)} />
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}

function Events({ span }: { span: Span }) {
  if (span.events.length === 0) return <p className="faint">None.</p>
  return (
    <dl className="event-list">
      {span.events.map((event, index) => {
        const sinceMs = Number(event.timeUnixNano - span.startTimeUnixNano) / 1e6
        const message = event.attributes['exception.message']
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: events are a sequence
          <Fragment key={index}>
            <dt>+{formatDuration(sinceMs)}</dt>
            <dd className={event.name === 'exception' ? 'failed' : undefined}>
              {event.name}
              {typeof message === 'string' && `: ${message}`}
              {Object.keys(event.attributes).length > 0 && <JsonTree value={event.attributes} />}
            </dd>
          </Fragment>
        )
      })}
    </dl>
  )
}
