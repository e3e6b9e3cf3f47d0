import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Span, TraceInfo } from '@voxtrace/model'
import { voxtrace as vocabulary } from '@voxtrace/model'
import { type SpanJson, spanFromJson } from '@voxtrace/protocol'
import type { Page } from 'playwright-core'

/** Whether the voices that the tests speak with are installed. */
export function hasVoices(): boolean {
  return (
    existsSync('/usr/share/pocketsphinx/test/data/goforward.raw') &&
    spawnSync('espeak-ng', ['--version']).status === 0
  )
}

/** The trace of a conversation, read back from the server. */
export interface TraceOfCall {
  info: TraceInfo
  spans: readonly Span[]
  /** In the order of their numbers, the greeting first. */
  turns(): Span[]
  turn(number: number): Span
  children(span: Span | undefined): Span[]
  /** What the user said, turn by turn. */
  userTexts(): string[]
}

export async function readTrace(url: string, traceId: string): Promise<TraceOfCall> {
  const response = await fetch(`${url}/api/voxtrace/traces/${traceId}`)
  if (!response.ok) throw new Error(`the trace ${traceId}: ${response.status} ${await response.text()}`)
  const body: { info: TraceInfo; spans: SpanJson[] } = await response.json()
  const spans = body.spans.map(spanFromJson)
  const { attributes, spanNames } = vocabulary
  const turns = () =>
    spans
      .filter((span) => span.name === spanNames.turn)
      .sort(
        (a, b) => Number(a.attributes[attributes.turnNumber]) - Number(b.attributes[attributes.turnNumber]),
      )
  return {
    info: body.info,
    spans,
    turns,
    turn(number) {
      const found = turns().find((span) => span.attributes[attributes.turnNumber] === number)
      if (!found) throw new Error(`the trace ${traceId} has no turn ${number}`)
      return found
    },
    children: (span) => spans.filter((child) => child.parentSpanId === span?.spanId),
    userTexts: () =>
      turns().flatMap((span) => {
        const text = span.attributes[attributes.turnUserText]
        return typeof text === 'string' ? [text] : []
      }),
  }
}

/** The trace that the talk page links to. */
export async function traceIdOnPage(page: Page): Promise<string> {
  const href = await page.getByRole('link', { name: /^(Live trace|Trace)$/ }).getAttribute('href')
  const id = /tr-[0-9a-f]{32}/.exec(href ?? '')?.[0]
  if (!id) throw new Error(`the talk page links to no trace: ${href}`)
  return id
}

export interface MetricPoint {
  value: number
  step: number
}

export async function metricHistory(url: string, runId: string, key: string): Promise<MetricPoint[]> {
  const query = new URLSearchParams({ run_id: runId, metric_key: key })
  const response = await fetch(`${url}/api/2.0/mlflow/metrics/get-history?${query}`)
  const body: { metrics?: MetricPoint[] } = await response.json()
  return body.metrics ?? []
}
