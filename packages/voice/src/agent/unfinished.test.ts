import { describe, expect, it } from 'vitest'
import { soundsUnfinished } from './unfinished.ts'

describe('soundsUnfinished', () => {
  it.each(['How long does it take until the.', 'Four queen of.', 'And then I?', 'Tell me about', 'Um.'])(
    'expects more after "%s"',
    (text) => expect(soundsUnfinished(text)).toBe(true),
  )

  it.each([
    'How do I use modal functions?',
    'Seven of clubs,',
    'What is that?',
    'How are you?',
    'Thank you.',
    '',
    'Stop.',
    'He is still more respectable than he was.',
  ])('takes "%s" for whole', (text) => expect(soundsUnfinished(text)).toBe(false))
})
