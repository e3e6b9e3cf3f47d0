import type { DashboardFigures } from '@voxtrace/protocol'
import { TimeChart } from '../../components/time-chart.tsx'
import { percentOf, seriesOf, tokensPerSecond } from '../../facade/dashboard-view.ts'
import { drillFilters } from '../../facade/drill-filters.ts'
import { counted, formatCount, formatDollars, formatMs } from '../../format/time.ts'
import type { DashboardView } from './dashboard-page.tsx'
import { Figure, Panel } from './figure.tsx'

const height = 96

/** First token, retrieval, turns, interruptions, errors and tokens, each over the same steps. */
export function FigurePanels({ view }: { view: DashboardView }) {
  const { now, before, starts, at, onAt } = view
  const common = { starts, stepMs: now.stepMs, height, at, onAt }
  const read = (series: { total: DashboardFigures; steps: (DashboardFigures | null)[] }) =>
    at === null ? series.total : (series.steps[at] ?? null)
  const of = (metric: Parameters<typeof seriesOf>[1]) => seriesOf(now, metric)
  const then = (metric: Parameters<typeof seriesOf>[1]) => before && seriesOf(before, metric).total

  const turns = of('turns')
  const interrupted = of('interrupted_turns')
  const traces = of('traces')
  const failed = of('failed_traces')
  const tokensIn = of('input_tokens')
  const tokensOut = of('output_tokens')
  const written = of('timed_output_tokens')
  const work = of('model_ms')
  const cost = of('total_cost')
  const calls = turns.total.count > 0 ? turns : traces
  const share = (part: DashboardFigures | null, whole: DashboardFigures | null | undefined) =>
    percentOf(part?.count ?? 0, whole?.count ?? 0)
  const percent = (value: number | null) =>
    value === null ? '–' : value.toFixed(value !== 0 && value < 10 ? 1 : 0)

  const timed = [
    {
      title: 'First token',
      of: 'of each call of a model',
      metric: 'first_token_ms',
      span: 'llm_generation',
      filter: drillFilters.firstToken,
    },
    {
      title: 'Retrieval',
      of: 'as part of the wait',
      metric: 'latency.rag_retrieval_ms',
      span: 'rag_retrieval',
      filter: drillFilters.retrieval,
    },
  ] as const
  return (
    <>
      {timed.map(({ title, of: what, metric, span, filter }) => {
        const series = of(metric)
        if (series.total.count === 0) return null
        return (
          <Panel
            key={metric}
            title={title}
            legend={`${what}; p50, p90 thin`}
            figures={
              <>
                <Figure
                  value={formatMs(read(series)?.p50 ?? 0)}
                  unit="ms p50"
                  now={series.total.p50}
                  before={then(metric)?.p50}
                  worse="higher"
                />
                <Figure
                  value={formatMs(read(series)?.p90 ?? 0)}
                  unit="p90"
                  now={series.total.p90}
                  before={then(metric)?.p90}
                  worse="higher"
                />
              </>
            }
          >
            <TimeChart
              {...common}
              label={`${title}, in milliseconds`}
              lines={(['p50', 'p90'] as const).map((name) => ({
                kind: 'line',
                label: name,
                span,
                stroke: name === 'p50' ? 'solid' : 'thin',
                values: series.steps.map((step) => step?.[name] ?? null),
              }))}
              onOpen={(index) => view.onOpen(index, filter)}
            />
          </Panel>
        )
      })}
      <Panel
        title={turns.total.count > 0 ? 'Traces and turns' : 'Traces'}
        {...(turns.total.count > 0 && { legend: 'bars: turns' })}
        figures={
          <>
            <Figure
              value={formatCount(read(traces)?.count ?? 0)}
              unit={read(traces)?.count === 1 ? 'trace' : 'traces'}
              now={traces.total.count}
              before={then('traces')?.count}
            />
            {turns.total.count > 0 && (
              <Figure
                value={formatCount(read(turns)?.count ?? 0)}
                unit={read(turns)?.count === 1 ? 'turn' : 'turns'}
                now={turns.total.count}
                before={then('turns')?.count}
              />
            )}
          </>
        }
      >
        <TimeChart
          {...common}
          label={turns.total.count > 0 ? 'Turns' : 'Traces'}
          whole
          bars={[
            {
              kind: 'bars',
              label: 'count',
              span: null,
              values: (turns.total.count > 0 ? turns : traces).steps.map((step) => step?.count ?? null),
            },
          ]}
          onOpen={(index) => view.onOpen(index)}
        />
      </Panel>
      {turns.total.count > 0 && (
        <Panel
          title="Interruptions"
          figures={
            <Figure
              value={percent(share(read(interrupted), read(turns)))}
              unit="% of turns"
              now={share(interrupted.total, turns.total)}
              before={share(then('interrupted_turns') ?? null, then('turns'))}
              worse="higher"
            />
          }
        >
          <TimeChart
            {...common}
            label="Interrupted turns, percent"
            bars={[
              {
                kind: 'bars',
                label: 'interrupted',
                span: 'user_speech',
                values: turns.steps.map((step, index) => share(interrupted.steps[index] ?? null, step)),
              },
            ]}
            onOpen={(index) => view.onOpen(index, drillFilters.interruptions)}
          />
        </Panel>
      )}
      <Panel
        title="Errors"
        legend="bars: failed spans"
        figures={
          <>
            <Figure
              value={percent(share(read(failed), read(traces)))}
              unit="% of traces"
              now={share(failed.total, traces.total)}
              before={share(then('failed_traces') ?? null, then('traces'))}
              worse="higher"
            />
            <span className="figure">
              <small>{counted(read(of('failed_spans'))?.count ?? 0, 'failed span')}</small>
            </span>
          </>
        }
      >
        <TimeChart
          {...common}
          label="Failed spans"
          whole
          bars={[
            {
              kind: 'bars',
              label: 'failed spans',
              span: null,
              tone: 'alert',
              values: of('failed_spans').steps.map((step) => step?.count ?? null),
            },
          ]}
          onOpen={(index) => view.onOpen(index, drillFilters.failedSpans)}
        />
      </Panel>
      <Panel
        title="Tokens"
        legend="in light, out dark"
        figures={
          <>
            <Figure
              value={formatCount((read(tokensIn)?.sum ?? 0) + (read(tokensOut)?.sum ?? 0))}
              now={tokensIn.total.sum + tokensOut.total.sum}
              before={before ? (then('input_tokens')?.sum ?? 0) + (then('output_tokens')?.sum ?? 0) : null}
            />
            <Figure
              value={percent(tokensPerSecond(read(written), read(work)))}
              unit="a second"
              now={tokensPerSecond(written.total, work.total)}
              before={tokensPerSecond(then('timed_output_tokens') ?? null, then('model_ms') ?? null)}
              worse="lower"
            />
          </>
        }
      >
        <TimeChart
          {...common}
          label="Tokens"
          bars={[
            {
              kind: 'bars',
              label: 'in',
              span: null,
              tone: 'weak',
              values: tokensIn.steps.map((step) => step?.sum ?? null),
            },
            {
              kind: 'bars',
              label: 'out',
              span: null,
              tone: 'strong',
              values: tokensOut.steps.map((step) => step?.sum ?? null),
            },
          ]}
          onOpen={(index) => view.onOpen(index, drillFilters.tokens)}
        />
      </Panel>
      {cost.total.count > 0 && (
        <Panel
          title="Cost"
          legend="US dollars"
          figures={
            <>
              <Figure
                value={formatDollars(read(cost)?.sum ?? 0)}
                now={cost.total.sum}
                before={then('total_cost')?.sum}
                worse="higher"
              />
              <Figure
                value={formatDollars(costOfOne(read(cost), read(calls)) ?? 0)}
                unit={turns.total.count > 0 ? 'a turn' : 'a trace'}
                now={costOfOne(cost.total, calls.total)}
                before={costOfOne(
                  then('total_cost') ?? null,
                  then(turns.total.count > 0 ? 'turns' : 'traces') ?? null,
                )}
                worse="higher"
              />
            </>
          }
        >
          <TimeChart
            {...common}
            label="Cost, in US dollars"
            bars={[
              {
                kind: 'bars',
                label: 'cost',
                span: null,
                values: cost.steps.map((step) => step?.sum ?? null),
              },
            ]}
            onOpen={(index) => view.onOpen(index, drillFilters.cost)}
          />
        </Panel>
      )}
    </>
  )
}

/** What one of several cost on average. */
function costOfOne(cost: DashboardFigures | null, all: DashboardFigures | null): number | null {
  return cost && all && all.count > 0 ? cost.sum / all.count : null
}
