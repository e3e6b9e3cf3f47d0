import { describe, expect, it } from 'vitest'
import { questionIn } from './whole-question.ts'

describe('questionIn', () => {
  it.each([
    'How do I start the server?',
    'What can you tell me about latency?',
    'Does it work without the network,',
    'What is the difference between a trace and a run?',
  ])('finds "%s" whole', (text) => expect(questionIn(text)).toBe('whole'))

  it.each(['What is a trace?', 'How can I change?', 'What is the difference?', 'When did you see it last?'])(
    'leaves open whether "%s" goes on',
    (text) => expect(questionIn(text)).toBe('open'),
  )

  it.each([
    '',
    'What?',
    'Why not?',
    'What is the difference between a trace and?',
    'How do I log a metric from my?',
    'I installed it yesterday and it does not start.',
    'Go forward,',
  ])('finds no question in "%s"', (text) => expect(questionIn(text)).toBeNull())
})
