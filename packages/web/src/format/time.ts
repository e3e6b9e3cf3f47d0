const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })

/** A whole number with thousands separated: `2,724`. */
export function formatCount(value: number): string {
  return whole.format(value)
}

/** A number of things whose plural ends in s: `1 trace`, `2,724 traces`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Milliseconds as they stand in a column headed "ms": `2,724`, or `0.4` below ten. */
export function formatMs(ms: number): string {
  if (ms !== 0 && Math.abs(ms) < 10) return ms.toFixed(1)
  return whole.format(ms)
}

/** US dollars: `$12.40`, and what is less than a cent with two digits that count, `$0.0042`. */
export function formatDollars(dollars: number): string {
  if (dollars !== 0 && Math.abs(dollars) < 0.1)
    return `$${Number(dollars.toPrecision(2)).toFixed(decimalsOf(dollars))}`
  return `$${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

/** How many decimals show two digits that count; never more than six. */
function decimalsOf(value: number): number {
  return Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(value)))))
}

/** A duration with its unit, in the unit a person would choose: `94 ms`, `6.20 s`, `18 m 42 s`, `2 h 05 m`. */
export function formatDuration(ms: number): string {
  if (ms < 0.95 && ms > 0) return `${whole.format(ms * 1000)} µs`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 9_999.5) return `${whole.format(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const wholeSeconds = Math.round(seconds)
  if (wholeSeconds < 3600) return `${Math.floor(wholeSeconds / 60)} m ${pad(wholeSeconds % 60)} s`
  return `${whole.format(Math.floor(wholeSeconds / 3600))} h ${pad(Math.floor((wholeSeconds % 3600) / 60))} m`
}

/** A position on a time axis: `0:07`, `12:40`, and with `decimals` `0:07.25`. */
export function formatClock(ms: number, decimals = 0): string {
  const sign = ms < 0 ? '−' : ''
  const unit = 10 ** decimals
  const ticks = Math.round((Math.abs(ms) / 1000) * unit)
  const minutes = Math.floor(ticks / (60 * unit))
  const seconds = ((ticks % (60 * unit)) / unit).toFixed(decimals)
  return `${sign}${minutes}:${seconds.padStart(decimals ? decimals + 3 : 2, '0')}`
}

/** Time of day of a moment today (`14:06:31`), with the date otherwise (`Nov 22, 14:06`). */
export function formatMoment(epochMs: number, nowMs: number): string {
  const moment = new Date(epochMs)
  if (isSameDay(moment, new Date(nowMs))) return formatTimeOfDay(epochMs)
  return `${day.format(moment)}, ${pad(moment.getHours())}:${pad(moment.getMinutes())}`
}

function isSameDay(one: Date, other: Date): boolean {
  return (
    one.getDate() === other.getDate() &&
    one.getMonth() === other.getMonth() &&
    one.getFullYear() === other.getFullYear()
  )
}

/** `14:06:31`, in the reader's time zone. */
function formatTimeOfDay(epochMs: number): string {
  const moment = new Date(epochMs)
  return `${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`
}

/** `Nov 22, 14:06:31`, in the reader's time zone. */
export function formatDateTime(epochMs: number): string {
  return `${day.format(epochMs)}, ${formatTimeOfDay(epochMs)}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
