import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { agreementOf } from '@voxtrace/model'
import type { JudgedBesidePeople } from '@voxtrace/protocol'
import { agreementQuery } from '../../api/agreement.ts'
import { allJudges } from '../../facade/judges.ts'
import { formatCount } from '../../format/time.ts'
import type { DashboardView } from './dashboard-page.tsx'
import { Panel } from './figure.tsx'

const columns = [
  { label: 'scores', title: 'Scores that a person gave where the judge gave one too' },
  { label: 'same', title: 'Share of them that are the same' },
  { label: 'within 1', title: 'Share of them that are at most one level apart' },
  { label: 'judge is', title: 'Mean of the score of the judge minus the score of the person' },
  {
    label: 'κ',
    title: 'Agreement beyond chance, weighted by the square of the distance: 1 is whole, 0 is chance',
  },
]

/** How far each judge can be trusted: its scores beside those that people gave the same turns. */
export function AgreementPanel({ view, experimentId }: { view: DashboardView; experimentId: string }) {
  const { fromMs, toMs } = view.now
  const { data, error } = useQuery(agreementQuery({ experimentId, fromMs, toMs }))
  return (
    <Panel
      className="agreement"
      title="Judges beside people"
      legend={
        <Link to="/experiments/$experimentId/review" params={{ experimentId }}>
          Score by hand
        </Link>
      }
    >
      {error ? (
        <p className="faint">{error.message}</p>
      ) : !data ? (
        <p className="faint"> </p>
      ) : data.length === 0 ? (
        <p className="faint">
          No turn of this stretch has a score of a person. A few dozen scores by hand show how far each judge
          can be trusted.
        </p>
      ) : (
        <div className="group-scroll">
          <table className="part-table">
            <thead>
              <tr>
                <th>Criterion, judge</th>
                {columns.map(({ label, title }) => (
                  <th key={label} title={title}>
                    {label}
                  </th>
                ))}
                <th className="levels" title="Mean of what people gave, by the level that the judge gave">
                  people's mean where it says
                  {[1, 2, 3, 4, 5].map((level) => (
                    <span key={level}>{level}</span>
                  ))}
                </th>
                <th title="Turns that judge and person see most differently">furthest apart</th>
              </tr>
            </thead>
            <tbody>
              {data.map((judged) => (
                <AgreementRow
                  key={`${judged.name} ${judged.sourceType} ${judged.sourceId}`}
                  judged={judged}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function AgreementRow({ judged }: { judged: JudgedBesidePeople }) {
  const { name, sourceType, sourceId, pairs, apart } = judged
  const agreement = agreementOf(pairs)
  if (!agreement) return null
  const { count, exact, withinOne, meanDifference, kappa, levels } = agreement
  const isPeople = sourceType === 'HUMAN'
  return (
    <tr>
      <th scope="row">
        {allJudges.find((judge) => judge.name === name)?.label ?? name}{' '}
        <span className="faint">{isPeople ? 'people beside each other' : sourceId}</span>
      </th>
      <td>{formatCount(count)}</td>
      <td>{percent(exact)}</td>
      <td>{percent(withinOne)}</td>
      <td>{isPeople ? '–' : kindness(meanDifference)}</td>
      <td>{kappa === null ? '–' : kappa.toFixed(2).replace('-', '−')}</td>
      <td className="levels">
        {isPeople
          ? '–'
          : levels.map(({ level, people, count: times }) => (
              <span key={level} title={`the judge gave ${level} ${formatCount(times)} times`}>
                {people?.toFixed(1) ?? '·'}
              </span>
            ))}
      </td>
      <td className="apart">
        {apart.length === 0
          ? '–'
          : apart.map(({ traceId, spanId, score, people }, index) => (
              <Link
                // biome-ignore lint/suspicious/noArrayIndexKey: two people may differ from the judge alike
                key={index}
                to="/traces/$traceId"
                params={{ traceId }}
                search={spanId === null ? {} : { span: spanId }}
                title={`${isPeople ? 'One person' : 'The judge'} gave ${score}, ${isPeople ? 'another' : 'a person'} ${people}`}
              >
                {score}:{people}
              </Link>
            ))}
      </td>
    </tr>
  )
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function kindness(meanDifference: number): string {
  const size = Math.abs(meanDifference).toFixed(1)
  if (size === '0.0') return 'as kind'
  return meanDifference > 0 ? `${size} kinder` : `${size} stricter`
}
