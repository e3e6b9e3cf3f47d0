import { describe, expect, it } from 'vitest'
import { isWholeQuestion } from './whole-question.ts'

describe('isWholeQuestion', () => {
  it.each([
    'What is a trace?',
    'How do I start the server?',
    'What can you tell me about latency?',
    'Does it work without the network,',
    'What is the difference between a trace and a run?',
  ])('takes "%s" for whole', (text) => expect(isWholeQuestion(text)).toBe(true))

  it.each([
    '',
    'What?',
    'How can I change?',
    'What is the difference?',
    'What is the difference between a trace and?',
    'How do I log a metric from my own?',
    'I installed it yesterday and it does not start.',
    'Go forward,',
  ])('does not take "%s" for a whole question', (text) => expect(isWholeQuestion(text)).toBe(false))
})
