import { useQuery } from '@tanstack/react-query'
import { RequestFailure } from '../../api/request.ts'
import {
  answersWith,
  type BotStatus,
  botStatusQuery,
  type ServerStatusAnswer,
  serverStatusQuery,
} from '../../api/status.ts'
import { Icon } from '../../components/icon.tsx'
import { formatCount } from '../../format/time.ts'

/** A service that was not seen for so long does not run, in milliseconds. */
const missingAfterMs = 45_000

interface Line {
  ready: boolean
  text: string
}

/** What runs on this server, and what does not. */
export function ServerStatus() {
  const server = useQuery(serverStatusQuery)
  const bot = useQuery(botStatusQuery)
  return (
    <div className="server-status" aria-live="polite">
      <StatusLine name="Trace store" {...(server.isPending ? asking : storeLine(server.data))} />
      <StatusLine name="Voice bot" {...(bot.isPending ? asking : botLine(bot.data, bot.error))} />
      <StatusLine name="Judge" {...(server.isPending ? asking : judgeLine(server.data))} />
    </div>
  )
}

const asking: Line = { ready: false, text: 'asking' }
const unknown: Line = { ready: false, text: 'not known while the server does not answer' }
const isOffline = (failure: unknown) => failure instanceof RequestFailure && failure.kind === 'offline'

function storeLine(status: ServerStatusAnswer | undefined): Line {
  if (!status) return { ready: false, text: 'the server does not answer' }
  if (!status.database.reachable)
    return { ready: false, text: status.database.problem ?? 'the database is away' }
  return { ready: true, text: `PostgreSQL, Voxtrace ${status.version}` }
}

function botLine(status: BotStatus | undefined, failure: unknown): Line {
  if (isOffline(failure)) return unknown
  if (!status) return { ready: false, text: 'does not run' }
  if (status.status !== 'ready') return { ready: false, text: 'is ending' }
  const { passages, embedded } = status.knowledge
  const knowledge =
    embedded < passages
      ? `reading, ${formatCount(embedded)} of ${formatCount(passages)} passages`
      : `${formatCount(passages)} passages of knowledge`
  return { ready: true, text: `ready, answers with ${answersWith(status)}, ${knowledge}` }
}

function judgeLine(status: ServerStatusAnswer | undefined): Line {
  if (!status) return unknown
  const judge = status.services.find(
    ({ service, lastSeenMs }) => service === 'judge' && lastSeenMs > Date.now() - missingAfterMs,
  )
  if (!judge) return { ready: false, text: 'does not run: turns wait to be scored' }
  const { model } = judge.details
  return {
    ready: true,
    text: `ready${typeof model === 'string' ? `, ${model}` : ''}, five scores for each turn`,
  }
}

function StatusLine({ name, ready, text }: Line & { name: string }) {
  return (
    <>
      {ready ? <Icon name="check" /> : <span className="missing" />}
      <span>{name}</span>
      <span className="dim">{text}</span>
    </>
  )
}
