import { retrievedDocuments, spanInputs, spanOutputs } from '@voxtrace/model'
import { spanToJson } from '@voxtrace/protocol'
import { Tabs } from 'radix-ui'
import { Fragment, type ReactNode } from 'react'
import { CopyButton } from '../../components/copy-button.tsx'
import { spanFacts } from '../../facade/span-facts.ts'
import { spanTitle } from '../../facade/span-title.ts'
import { ancestorsOf, type SpanNode } from '../../facade/span-tree.ts'
import { scoresOfSpan, type TraceView } from '../../facade/trace-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import { formatDuration } from '../../format/time.ts'
import { type DetailTab, detailTabs } from '../../store/detail-tabs.ts'
import { Documents } from './documents.tsx'
import { Payload } from './payload.tsx'
import { Rationale } from './score-buttons.tsx'
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
  const { span } = node
  const scores = scoresOfSpan(view, node.id)
  const attributes = Object.entries(span.attributes)
  const counts: Partial<Record<DetailTab, number>> = {
    attributes: attributes.length,
    events: span.events.length,
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
          {span.status.message && node.isError && <p className="detail-failure">{span.status.message}</p>}
          <TabContent tab={tab} view={view} node={node} turn={turn} lengthMs={lengthMs} />
        </Tabs.Content>
      </section>
    </Tabs.Root>
  )
}

function TabContent({
  tab,
  view,
  node,
  turn,
  lengthMs,
}: Pick<SpanDetailProps, 'tab' | 'view' | 'node' | 'turn' | 'lengthMs'>): ReactNode {
  const { span } = node
  switch (tab) {
    case 'overview':
      return (
        <div className="detail-overview">
          <section>
            <dl className="facts">
              {spanFacts(node, lengthMs).map(({ name, value }) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
          {isBareRoot(view, node) ? (
            <section className="wide">
              <h3>Trace</h3>
              <AttributeList entries={Object.entries({ ...view.info.metadata, ...view.info.tags })} />
            </section>
          ) : (
            <>
              <section>
                <h3>Input</h3>
                <Inputs node={node} turn={turn} />
              </section>
              <section>
                <h3>Output</h3>
                <Outputs node={node} turn={turn} />
              </section>
            </>
          )}
        </div>
      )
    case 'inputs':
      return <Inputs node={node} turn={turn} />
    case 'outputs':
      return <Outputs node={node} turn={turn} />
    case 'attributes':
      return <AttributeList entries={Object.entries(span.attributes)} />
    case 'events':
      return <Events node={node} />
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
      const raw = JSON.stringify(spanToJson(span), null, 2)
      return (
        <>
          <div style={{ float: 'right' }}>
            <CopyButton text={raw} label="Copy the span as JSON" />
          </div>
          <pre>{raw}</pre>
        </>
      )
    }
  }
}

function Inputs({ node, turn }: { node: SpanNode; turn: TurnView | undefined }) {
  const inputs = spanInputs(node.span) ?? turn?.userText ?? null
  return inputs === null ? <p className="faint">None recorded.</p> : <Payload value={inputs} />
}

function Outputs({ node, turn }: { node: SpanNode; turn: TurnView | undefined }) {
  const documents = retrievedDocuments(node.span)
  if (documents.length > 0) return <Documents documents={documents} />
  const outputs = spanOutputs(node.span) ?? turn?.agentText ?? null
  if (outputs !== null) return <Payload value={outputs} />
  return <p className="faint">{node.endMs === null ? 'None yet.' : 'None recorded.'}</p>
}

/** The root of a conversation, or one without a payload of its own, speaks for the trace instead. */
function isBareRoot({ tree, conversation }: TraceView, node: SpanNode): boolean {
  if (tree.roots[0] !== node) return false
  return conversation !== null || (spanInputs(node.span) === null && spanOutputs(node.span) === null)
}

function AttributeList({ entries }: { entries: [string, unknown][] }) {
  if (entries.length === 0) return <p className="faint">None.</p>
  return (
    <dl className="attribute-list">
      {entries.map(([key, value]) => (
        <Fragment key={key}>
          <dt>{key}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </Fragment>
      ))}
    </dl>
  )
}

function Events({ node }: { node: SpanNode }) {
  if (node.span.events.length === 0) return <p className="faint">None.</p>
  return (
    <dl className="event-list">
      {node.span.events.map((event, index) => {
        const sinceMs = Number(event.timeUnixNano - node.span.startTimeUnixNano) / 1e6
        const message = event.attributes['exception.message']
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: events are a sequence
          <Fragment key={index}>
            <dt>+{formatDuration(sinceMs)}</dt>
            <dd className={event.name === 'exception' ? 'failed' : undefined}>
              {event.name}
              {typeof message === 'string' && `: ${message}`}
              {Object.keys(event.attributes).length > 0 && (
                <pre>{JSON.stringify(event.attributes, null, 2)}</pre>
              )}
            </dd>
          </Fragment>
        )
      })}
    </dl>
  )
}
