import { randomUUID } from 'node:crypto'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { z } from 'zod'
import type { Call } from './call.ts'
import { LiveCall } from './live-call.ts'
import { FrameClock } from './pacing.ts'

/** What a client posts to be connected; `pc_id` names a call that it has already. */
export const offerRequest = z.object({
  sdp: z.string().min(1),
  type: z.literal('offer'),
  pc_id: z.string().nullish(),
  restart_pc: z.boolean().nullish(),
  requestData: z.record(z.string(), z.unknown()).nullish(),
  request_data: z.record(z.string(), z.unknown()).nullish(),
})
export type OfferRequest = z.infer<typeof offerRequest>

/** Candidates that a client found after its offer. */
export const candidatesRequest = z.object({
  pc_id: z.string().min(1),
  candidates: z
    .array(
      z.object({
        candidate: z.string(),
        sdp_mid: z.string().nullish(),
        sdp_mline_index: z.number().int().nonnegative().nullish(),
      }),
    )
    .max(100),
})
export type CandidatesRequest = z.infer<typeof candidatesRequest>

interface Answer {
  sdp: string
  type: 'answer'
  pc_id: string
}

export interface CallsOptions {
  /** A caller is connected: media and data can flow. Not called again when the same call reconnects. */
  onCall(call: Call): void
  /** More callers than this are told that the bot is busy. */
  maxCalls: number
  log: Log
  /** A call without any packet, message or connectivity check for so long is over. Default 20 000. */
  lostAfterMs?: number
  /** Addresses to offer to callers beside those of the network interfaces. Default 127.0.0.1. */
  additionalAddresses?: readonly string[]
  /** UDP ports for media. Default any. */
  portRange?: readonly [number, number]
}

/** The bot's telephone exchange: signalling as Pipecat's small-webrtc client speaks it. */
export interface Calls {
  /** Calls that have begun to connect and have not ended. */
  readonly active: number
  readonly maxCalls: number
  /** Errors: INVALID_PARAMETER_VALUE for an offer that makes no sense, TEMPORARILY_UNAVAILABLE when all lines are busy. */
  offer(request: OfferRequest): Promise<Answer>
  /** Errors: RESOURCE_DOES_NOT_EXIST for a call that is not there, INVALID_PARAMETER_VALUE for a candidate that makes no sense. */
  addCandidates(request: CandidatesRequest): Promise<void>
  /** Ends every call; nobody connects any more. */
  close(): Promise<void>
}

export function createCalls(options: CallsOptions): Calls {
  return new CallRegistry(options)
}

class CallRegistry implements Calls {
  readonly #options: CallsOptions
  readonly #clock = new FrameClock()
  readonly #calls = new Map<string, LiveCall>()
  /** The latest offer of each call and its answer, so that an offer sent twice is answered alike. */
  readonly #answered = new Map<string, { sdp: string; answer: Promise<string> }>()
  #closed = false

  constructor(options: CallsOptions) {
    this.#options = options
  }

  get active(): number {
    return this.#calls.size
  }

  get maxCalls(): number {
    return this.#options.maxCalls
  }

  async offer(request: OfferRequest): Promise<Answer> {
    if (this.#closed)
      throw new VoxtraceError('TEMPORARILY_UNAVAILABLE', 'The bot is shutting down. Try again later.')
    requireUsableOffer(request.sdp)
    const repeated = [...this.#answered].find(([, { sdp }]) => sdp === request.sdp)
    if (repeated) return { sdp: await repeated[1].answer, type: 'answer', pc_id: repeated[0] }
    const present = this.#find(request)
    const call = present ?? this.#newCall(request)
    const renewed = present && (request.restart_pc || request.pc_id !== present.id)
    const answer = this.#answer(
      call,
      request.sdp,
      renewed ? call.answerAnew(request.sdp) : call.answer(request.sdp),
    )
    try {
      return { sdp: await answer, type: 'answer', pc_id: call.id }
    } catch (error) {
      if (!present) await call.hangUp('connection_lost')
      throw error
    }
  }

  async addCandidates(request: CandidatesRequest): Promise<void> {
    const call = this.#calls.get(request.pc_id)
    if (!call) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `There is no call with pc_id ${request.pc_id}: it has ended or never began. Send an offer first.`,
      )
    }
    for (const { candidate, sdp_mid, sdp_mline_index } of request.candidates) {
      // A browser hides its addresses behind names ending in .local from pages without the microphone; it reaches us by itself.
      if (candidate === '' || / \S+\.local /.test(candidate)) continue
      try {
        await call.addCandidate({
          candidate,
          sdpMid: sdp_mid ?? undefined,
          sdpMLineIndex: sdp_mline_index ?? undefined,
        })
      } catch (error) {
        throw new VoxtraceError(
          'INVALID_PARAMETER_VALUE',
          `The ICE candidate "${candidate.slice(0, 200)}" cannot be used: ${reasonOf(error)}`,
          { cause: error },
        )
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#calls.values()].map((call) => call.hangUp('closed_by_bot')))
  }

  #find(request: OfferRequest): LiveCall | undefined {
    if (request.pc_id) {
      const call = this.#calls.get(request.pc_id)
      if (call) return call
    }
    const sessionId = (request.requestData ?? request.request_data)?.sessionId
    if (typeof sessionId !== 'string' || sessionId === '') return undefined
    return [...this.#calls.values()].find((call) => call.requestData.sessionId === sessionId)
  }

  #newCall(request: OfferRequest): LiveCall {
    const { maxCalls, log } = this.#options
    if (this.#calls.size >= maxCalls) {
      throw new VoxtraceError(
        'TEMPORARILY_UNAVAILABLE',
        `The bot is busy: all ${maxCalls} of its lines are taken. Try again when a conversation has ended.`,
      )
    }
    const call = new LiveCall({
      id: randomUUID(),
      requestData: request.requestData ?? request.request_data ?? {},
      clock: this.#clock,
      log,
      peer: {
        additionalAddresses: this.#options.additionalAddresses ?? ['127.0.0.1'],
        portRange: this.#options.portRange,
      },
      lostAfterMs: this.#options.lostAfterMs ?? 20_000,
      onConnected: (connected) => this.#options.onCall(connected),
    })
    this.#calls.set(call.id, call)
    call.ended.then((reason) => {
      this.#calls.delete(call.id)
      this.#answered.delete(call.id)
      log.info('A call ended.', { call: call.id, reason })
    })
    return call
  }

  #answer(call: LiveCall, sdp: string, answering: Promise<string>): Promise<string> {
    const answer = answering.catch((error: unknown) => {
      if (this.#answered.get(call.id)?.answer === answer) this.#answered.delete(call.id)
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', `The offer cannot be answered: ${reasonOf(error)}`, {
        cause: error,
      })
    })
    this.#answered.set(call.id, { sdp, answer })
    return answer
  }
}

function requireUsableOffer(sdp: string): void {
  const missing = [
    { part: 'a first line "v=0"', present: /^v=0\r?\n/.test(sdp) },
    { part: 'an audio section or a data channel', present: /^m=(audio|application) /m.test(sdp) },
    {
      part: 'ICE credentials (a=ice-ufrag, a=ice-pwd)',
      present: /^a=ice-ufrag:/m.test(sdp) && /^a=ice-pwd:/m.test(sdp),
    },
    { part: 'a DTLS fingerprint (a=fingerprint)', present: /^a=fingerprint:/m.test(sdp) },
  ].filter(({ present }) => !present)
  if (missing.length === 0) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `The field sdp is not a WebRTC offer: it lacks ${missing.map(({ part }) => part).join(' and ')}. Send the sdp of RTCPeerConnection.createOffer().`,
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
