/** Turns recorded speech into text. */
export interface Transcriber {
  /** As the trace names it, such as `moonshine-tiny`. */
  readonly model: string
  /** Milliseconds of silence after which a transcription is begun on the chance that the speaker has finished. */
  readonly eagerSilenceMs: number
  /**
   * @param samples 16 kHz mono, signed 16-bit
   * @param owner the conversation it is for, so that several are served fairly
   * @throws when the model cannot be had; the signal's reason when aborted
   */
  transcribe(samples: Int16Array, owner: string, signal: AbortSignal): Promise<string>
  close(): Promise<void>
}
