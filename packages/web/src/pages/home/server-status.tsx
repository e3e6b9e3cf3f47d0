import { useQuery } from '@tanstack/react-query'
import { botStatusQuery, serverStatusQuery } from '../../api/status.ts'
import { Icon } from '../../components/icon.tsx'

/** What runs on this server, and what does not. */
export function ServerStatus() {
  const server = useQuery(serverStatusQuery)
  const bot = useQuery(botStatusQuery)
  return (
    <div className="server-status" aria-live="polite">
      <StatusLine
        name="Trace store"
        ready={server.isSuccess}
        text={
          server.isPending ? 'asking' : server.isSuccess ? (server.data.store ?? 'ready') : 'does not answer'
        }
      />
      <StatusLine
        name="Voice bot"
        ready={bot.isSuccess && bot.data.ready}
        text={
          bot.isPending ? 'asking' : bot.isSuccess ? bot.data.text : 'does not run; `voxtrace bot` starts it'
        }
      />
      <StatusLine
        name="Judges"
        ready
        text="answer relevancy, retrieval relevancy, faithfulness, tone, coherence"
      />
    </div>
  )
}

function StatusLine({ name, ready, text }: { name: string; ready: boolean; text: string }) {
  return (
    <>
      {ready ? <Icon name="check" /> : <span className="missing" />}
      <span>{name}</span>
      <span className="dim">{text}</span>
    </>
  )
}
