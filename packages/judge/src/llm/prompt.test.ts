import { expect, test } from 'vitest'
import { coherence } from '../rubrics/index.ts'
import { subjectWith } from '../testing/subject.ts'
import { promptFor } from './prompt.ts'

test('of a long history the model is shown what was said last', () => {
  const history = Array.from({ length: 30 }, (_, index) => ({
    speaker: 'user' as const,
    text: `I said ${index + 1}.`,
  }))
  const content = promptFor(coherence, subjectWith({ history }))[1]?.content
  expect(content).toContain('I said 30.')
  expect(content).toContain('I said 19.')
  expect(content).not.toContain('I said 18.')
})
