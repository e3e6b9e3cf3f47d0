import * as z from 'zod/mini'

/** Why a call could not be made. */
export type RefusalKind = 'busy' | 'down' | 'refused'

/** The bot, or the server before it, did not take the offer. The message is meant for the caller. */
export class CallRefused extends Error {
  readonly kind: RefusalKind

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CallRefused'
    this.kind = kind
  }
}

export interface Offer {
  sdp: string
  /** The call to come back into, or null for a new one. */
  callId: string | null
  sessionId: string
}

export interface Answer {
  sdp: string
  callId: string
}

const endpoint = '/bot/api/offer'
const answerMessage = z.object({ sdp: z.string(), type: z.literal('answer'), pc_id: z.string() })
const refusalMessage = z.object({
  error: z.optional(z.string()),
  error_code: z.optional(z.string()),
  message: z.optional(z.string()),
})

/** Offers a connection to the bot. Throws `CallRefused`. */
export async function sendOffer({ sdp, callId, sessionId }: Offer, signal: AbortSignal): Promise<Answer> {
  const body = { sdp, type: 'offer', pc_id: callId, restart_pc: callId !== null, requestData: { sessionId } }
  const response = await send('POST', body, signal)
  const text = await response.text()
  if (!response.ok) throw refusalOf(response.status, text)
  try {
    const answer = answerMessage.parse(JSON.parse(text))
    return { sdp: answer.sdp, callId: answer.pc_id }
  } catch (error) {
    throw new CallRefused('refused', 'The bot gave an answer that cannot be read.', { cause: error })
  }
}

/** Tells the bot of addresses that were found after the offer. */
export async function sendCandidates(
  callId: string,
  candidates: readonly RTCIceCandidate[],
  signal: AbortSignal,
): Promise<void> {
  await send(
    'PATCH',
    {
      pc_id: callId,
      candidates: candidates.map(({ candidate, sdpMid, sdpMLineIndex }) => ({
        candidate,
        sdp_mid: sdpMid,
        sdp_mline_index: sdpMLineIndex,
      })),
    },
    signal,
  )
}

/** A bot that lives answers within a few milliseconds. */
const livesWithinMs = 1000

/** What is known of a call of which nothing comes any more: `away` when the server before the bot is not reached either. */
export function askAfterCall(callId: string): Promise<'lives' | 'gone' | 'silent' | 'away'> {
  const answer = send('PATCH', { pc_id: callId, candidates: [] }).then(
    ({ ok }) => (ok ? 'lives' : 'gone'),
    () => 'away' as const,
  )
  const late = new Promise<'silent'>((resolve) => {
    setTimeout(() => resolve('silent'), livesWithinMs)
  })
  return Promise.race([answer, late])
}

async function send(method: 'POST' | 'PATCH', body: unknown, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(endpoint, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new CallRefused('down', 'The server does not answer. Is Voxtrace running?', { cause: error })
  }
}

/** Reads a refusal: the bot names its reason in `error`, the server before it in `error_code`. */
export function refusalOf(status: number, text: string): CallRefused {
  const refusal = readRefusal(text)
  if (status === 503 && refusal?.error !== undefined) {
    return new CallRefused(
      'busy',
      refusal.message ?? 'All lines of the bot are taken. Try again in a moment.',
    )
  }
  if (status >= 500 || status === 404) {
    return new CallRefused('down', refusal?.message ?? 'The bot does not run. `voxtrace bot` starts it.')
  }
  return new CallRefused('refused', refusal?.message ?? `The bot refused the call (${status}).`)
}

function readRefusal(text: string): z.infer<typeof refusalMessage> | null {
  try {
    const read = refusalMessage.safeParse(JSON.parse(text))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
