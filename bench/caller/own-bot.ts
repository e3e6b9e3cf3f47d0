import { fork } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface OwnBot {
  offerUrl: string
  close(): Promise<void>
}

/**
 * Starts a bot in a process of its own that answers from the documentation. It records at the tracking server that is named, if one is.
 * Errors: it does not start.
 */
export async function startOwnBot(maxConversations: number, trackingUri?: string): Promise<OwnBot> {
  const child = fork(fileURLToPath(new URL('bot-process.ts', import.meta.url)), {
    execArgv: ['--conditions=@voxtrace/source'],
    env: {
      ...process.env,
      BENCH_CACHE: join(process.env.VOXTRACE_DATA ?? join(homedir(), '.voxtrace'), 'cache'),
      BENCH_CONVERSATIONS: String(maxConversations),
      ...(trackingUri !== undefined && { BENCH_TRACKING_URI: trackingUri }),
    },
  })
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`The bot ended with code ${code}.`)))
  })
  ended.catch(() => undefined)
  const url = await Promise.race([
    new Promise<string>((resolve) => child.once('message', (message) => resolve(String(message)))),
    ended,
  ])
  return {
    offerUrl: `${url}/api/offer`,
    async close() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGTERM')
      await gone
    },
  }
}
