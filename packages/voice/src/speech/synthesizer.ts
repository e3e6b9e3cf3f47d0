import type { PcmFrame } from '../transport/call.ts'

/** Turns text into speech. */
export interface Synthesizer {
  /** As the trace names it, such as `flite-slt`. */
  readonly model: string
  /**
   * Speaks one clause. The sound comes as soon as it is there, in one frame or in many.
   * @param owner the conversation it is for, so that several are served fairly
   * @throws when the voice cannot be had; the signal's reason when aborted
   */
  synthesize(text: string, owner: string, signal: AbortSignal): AsyncIterable<PcmFrame>
  close(): Promise<void>
}
