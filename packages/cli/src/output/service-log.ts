import { styleText } from 'node:util'
import type { Log } from '@voxtrace/model'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of a service's log, as it is written to the log file and sent from a service to its supervisor. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  timeMs: number
  service: string
  level: LogLevel
  message: string
  fields: Record<string, unknown>
}

const severity: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

const colours = ['cyan', 'magenta', 'green', 'blue', 'yellow'] as const
const serviceColours = new Map(
  ['server', 'bot', 'judge', 'database', 'voxtrace'].map((service, index) => [service, colours[index]]),
)

/** Gives a `Log` that hands entries of at least the level to `write`. */
export function createLog(service: string, level: LogLevel, write: (entry: LogEntry) => void): Log {
  const at =
    (entryLevel: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (severity[entryLevel] < severity[level]) return
      write({ timeMs: Date.now(), service, level: entryLevel, message, fields })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** `14:03:27.120 server    Listening url=http://…`, coloured where the stream shows colours. */
export function formatEntry(entry: LogEntry, stream: NodeJS.WriteStream): string {
  const time = new Date(entry.timeMs).toTimeString().slice(0, 8)
  const millis = String(entry.timeMs % 1000).padStart(3, '0')
  const style = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream })
  const service = style(serviceColours.get(entry.service) ?? 'white', entry.service.padEnd(8))
  const fields = Object.entries(entry.fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${formatField(value)}`)
    .join(' ')
  const message = entry.level === 'info' ? entry.message : `${levelMark(entry.level, style)} ${entry.message}`
  return `${style('gray', `${time}.${millis}`)} ${service} ${message}${fields ? ` ${style('gray', fields)}` : ''}`
}

function levelMark(
  level: LogLevel,
  style: (format: 'red' | 'yellow' | 'gray', text: string) => string,
): string {
  if (level === 'error') return style('red', 'error:')
  if (level === 'warn') return style('yellow', 'warning:')
  return style('gray', 'debug:')
}

function formatField(value: unknown): string {
  if (value instanceof Error) return value.message
  if (typeof value === 'string') return /\s/.test(value) ? JSON.stringify(value) : value
  return (
    JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? inner.toString() : inner)) ??
    String(value)
  )
}

/** One line of JSON. An error in a field becomes its stack. */
export function encodeEntry(entry: LogEntry): string {
  return JSON.stringify(entry, (_key, value) => {
    if (value instanceof Error) return value.stack ?? value.message
    return typeof value === 'bigint' ? value.toString() : value
  })
}

/** Reads a line that `encodeEntry` wrote; null for any other text. */
export function decodeEntry(line: string): LogEntry | null {
  if (!line.startsWith('{"timeMs":')) return null
  try {
    const entry: unknown = JSON.parse(line)
    return isLogEntry(entry) ? entry : null
  } catch {
    return null
  }
}

function isLogEntry(value: unknown): value is LogEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'timeMs' in value &&
    typeof value.timeMs === 'number' &&
    'service' in value &&
    typeof value.service === 'string' &&
    'level' in value &&
    typeof value.level === 'string' &&
    value.level in severity &&
    'message' in value &&
    typeof value.message === 'string' &&
    'fields' in value &&
    typeof value.fields === 'object' &&
    value.fields !== null
  )
}
