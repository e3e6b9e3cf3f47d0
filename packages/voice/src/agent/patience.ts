import type { FinalPitch } from '../speech/final-pitch.ts'
import { turnTaking } from './agent-settings.ts'
import { soundsUnfinished } from './unfinished.ts'
import { questionIn } from './whole-question.ts'

/** What is known of a pause shortly after it began. */
export interface PauseSigns {
  /** That the turn has ended, by its sound: LiveKit's end-of-turn model. */
  probability: number
  /** Of the turn so far; null when they are not known. */
  words: string | null
  /** How the voice ended; null when too little of it was voiced. */
  pitch: FinalPitch | null
}

/** Probability from which the sound of an end is the end of the turn. */
const surelyEnded = 0.6
/** Below this even a whole question sounds as if it went on. */
const soundsOpen = 0.12
/** A pause inside a sentence keeps the pitch level, or lets it sink a little: semitones. */
const endingRise = 0.6
/** The end of a sentence lies well below the voice's middle, and below most of what was said before. */
const endingFall = { question: -4, statement: -5, floor: -1.5 }
/** The voice of a finished statement has died away: decibels. */
const diedAway = -12
const fewestWordsOfStatement = 3

/** Milliseconds of silence after which a turn is over. Measured by `bench/endpointing.ts`. */
export function waitMs({ probability, words, pitch }: PauseSigns): number {
  const { minEndpointingMs, finishedMs, wholeQuestionMs, openQuestionMs, maxEndpointingMs } = turnTaking
  if (words !== null && soundsUnfinished(words)) return maxEndpointingMs
  if (probability >= surelyEnded) return minEndpointingMs
  if (words === null) return maxEndpointingMs
  const question = questionIn(words)
  if (question === null) return pitch && soundsStated(words, pitch) ? finishedMs : maxEndpointingMs
  if (pitch && (pitch.rise >= endingRise || fallsBelow(pitch, endingFall.question))) return finishedMs
  return question === 'whole' && probability >= soundsOpen ? wholeQuestionMs : openQuestionMs
}

function soundsStated(words: string, pitch: FinalPitch): boolean {
  const count = words.match(/[\p{L}\p{N}']+/gu)?.length ?? 0
  return (
    count >= fewestWordsOfStatement && pitch.louder <= diedAway && fallsBelow(pitch, endingFall.statement)
  )
}

function fallsBelow({ aboveMiddle, aboveFloor }: FinalPitch, semitones: number): boolean {
  return aboveMiddle <= semitones && aboveFloor <= endingFall.floor
}
