import { lastRanges, momentsOf, type TimeRange } from '../../facade/time-range.ts'
import { formatMoment } from '../../format/time.ts'
import { Menu } from '../menu.tsx'

/** Which stretch of time is listed. */
export function TimeRangeMenu({ range, onChoose }: { range: TimeRange; onChoose(range: TimeRange): void }) {
  const last = lastRanges.find(({ name }) => name === range.last)
  const { fromMs, toMs } = momentsOf(range, 0)
  const isAll = !last && fromMs === null && toMs === null
  const said = (ms: number | null, open: string) => (ms === null ? open : formatMoment(ms, Date.now()))
  return (
    <Menu
      label={last?.label ?? (isAll ? 'All time' : `${said(fromMs, 'the beginning')} to ${said(toMs, 'now')}`)}
    >
      <button type="button" aria-pressed={isAll} onClick={() => onChoose({})}>
        All time
      </button>
      {lastRanges.map(({ name, label }) => (
        <button
          type="button"
          key={name}
          aria-pressed={name === range.last}
          onClick={() => onChoose({ last: name })}
        >
          {label}
        </button>
      ))}
      <hr />
      <Moment
        label="From"
        ms={last ? null : fromMs}
        onChange={(from) => onChoose({ from, to: last ? undefined : range.to })}
      />
      <Moment
        label="Until"
        ms={last ? null : toMs}
        onChange={(to) => onChoose({ from: last ? undefined : range.from, to })}
      />
    </Menu>
  )
}

function Moment({
  label,
  ms,
  onChange,
}: {
  label: string
  ms: number | null
  onChange(ms: string | undefined): void
}) {
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        value={ms === null ? '' : localText(ms)}
        onChange={(event) => {
          const chosen = new Date(event.target.value).getTime()
          onChange(Number.isFinite(chosen) ? String(chosen) : undefined)
        }}
      />
    </label>
  )
}

/** `2026-11-22T14:06` in the reader's time zone, as the field takes it. */
function localText(ms: number): string {
  const moment = new Date(ms)
  return new Date(ms - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
