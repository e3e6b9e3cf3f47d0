import { randomInt } from 'node:crypto'

const adjectives = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'eager',
  'fair',
  'gentle',
  'keen',
  'lively',
  'mellow',
  'quiet',
  'warm',
]
const nouns = [
  'alto',
  'bell',
  'cadence',
  'chime',
  'chord',
  'echo',
  'hum',
  'murmur',
  'note',
  'reed',
  'tone',
  'whisper',
]

/** A name for a run that was given none, such as `quiet-echo-417`. */
export function runName(): string {
  return `${adjectives[randomInt(adjectives.length)]}-${nouns[randomInt(nouns.length)]}-${randomInt(1000)}`
}
