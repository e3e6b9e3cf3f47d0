import type { TurnLatency } from '@voxtrace/model'

/** One exchange of a call as the page hears of it; the trace has the lasting one. */
export interface Exchange {
  /** Stable while the page lives. */
  key: number
  /** The turn's number, once the bot has told it. The greeting is 0. */
  number: number | null
  userText: string | null
  /** The user's words may still change. */
  userPending: boolean
  /** What the agent has said aloud so far. */
  heardText: string
  /** What the agent is going to say, as far as it is written. */
  writtenText: string
  interrupted: boolean
  latency: TurnLatency | null
  /** The bot has told all of this turn. */
  complete: boolean
}

export interface TurnReport extends TurnLatency {
  number: number
  userText: string | null
  agentText: string | null
  interrupted: boolean
}

/** The user's words so far: of the exchange at hand, or of a new one when the agent has begun to answer. */
export function withUserText(exchanges: readonly Exchange[], text: string, final: boolean): Exchange[] {
  const last = exchanges.at(-1)
  const isNew = !last || last.complete || last.heardText !== '' || last.writtenText !== ''
  if (isNew) return [...exchanges, { ...blank(exchanges), userText: text, userPending: !final }]
  return [...exchanges.slice(0, -1), { ...last, userText: text, userPending: !final }]
}

/** A piece of what the agent writes. */
export function withWrittenText(exchanges: readonly Exchange[], text: string): Exchange[] {
  return answering(exchanges, (exchange) => ({ ...exchange, writtenText: exchange.writtenText + text }))
}

/** A clause that the agent begins to say aloud. */
export function withHeardText(exchanges: readonly Exchange[], text: string): Exchange[] {
  return answering(exchanges, (exchange) => ({
    ...exchange,
    heardText: `${exchange.heardText} ${text}`.trim(),
  }))
}

/** All of a turn, as the bot tells it when it is over. */
export function withReport(exchanges: readonly Exchange[], report: TurnReport): Exchange[] {
  const { number, userText, agentText, interrupted, voiceToVoiceMs, parts } = report
  const at = indexOf(exchanges, report)
  const before = exchanges[at] ?? blank(exchanges)
  const told: Exchange = {
    ...before,
    number,
    userText,
    userPending: false,
    heardText: agentText ?? '',
    writtenText: interrupted ? before.writtenText : '',
    interrupted,
    latency: { voiceToVoiceMs, parts },
    complete: true,
  }
  if (at < 0) return [...exchanges, told]
  return exchanges.map((exchange, index) => (index === at ? told : exchange))
}

/** What is written but not yet said; after an interruption, what was never heard. */
export function unspokenText({ heardText, writtenText }: Exchange): string {
  const heard = wordsOf(heardText)
  const written = wordsOf(writtenText)
  return heard.every((word, index) => bare(word) === bare(written[index] ?? ''))
    ? written.slice(heard.length).join(' ')
    : ''
}

function indexOf(exchanges: readonly Exchange[], { number, userText }: TurnReport): number {
  const known = exchanges.findIndex((exchange) => exchange.number === number)
  if (known >= 0) return known
  return exchanges.findIndex(
    (exchange) => exchange.number === null && (exchange.userText === null) === (userText === null),
  )
}

function answering(exchanges: readonly Exchange[], change: (exchange: Exchange) => Exchange): Exchange[] {
  const last = exchanges.at(-1)
  if (!last || last.complete) return [...exchanges, change(blank(exchanges))]
  return [...exchanges.slice(0, -1), change(last)]
}

function blank(exchanges: readonly Exchange[]): Exchange {
  return {
    key: (exchanges.at(-1)?.key ?? 0) + 1,
    number: null,
    userText: null,
    userPending: false,
    heardText: '',
    writtenText: '',
    interrupted: false,
    latency: null,
    complete: false,
  }
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** A word without what speech leaves out. */
function bare(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}
