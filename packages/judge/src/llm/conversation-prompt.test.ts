import { expect, test } from 'vitest'
import { conversationRubrics } from '../rubrics/index.ts'
import type { SpokenTurn } from '../subject.ts'
import { conversationPrompt } from './conversation-prompt.ts'

/** Turns that are numbered in what is said, each of so many characters. */
function turns(count: number, length: number): SpokenTurn[] {
  return Array.from({ length: count }, (_, index) => said(`${index + 1}:`.padEnd(length, 'x')))
}

function said(text: string, length = text.length): SpokenTurn {
  return { user: { text, length }, agent: null, interrupted: false }
}

/** What the model is shown, in order: the numbers of turns, and what is said of those left out. */
function shownOf(spoken: SpokenTurn[], turnCount = spoken.length): { text: string; size: number } {
  const [rubric] = conversationRubrics
  if (!rubric) throw new Error('there are no rubrics')
  const content = conversationPrompt(rubric, { turns: spoken, turnCount })[1]?.content ?? ''
  const { conversation } = JSON.parse(content.slice(content.indexOf('{'), content.lastIndexOf('}') + 1))
  const entries = conversation.map((entry: { user_said?: string; left_out?: string }) =>
    entry.left_out === undefined ? entry.user_said?.split(':')[0] : `(${entry.left_out})`,
  )
  return { text: entries.join(' '), size: content.length }
}

test('a conversation that has room is shown whole', () => {
  expect(shownOf(turns(4, 1_000)).text).toBe('1 2 3 4')
})

test('of a longer one the start and the end are shown, and how many turns lie between', () => {
  const { text, size } = shownOf(turns(100, 2_900))
  expect(text).toBe(
    '1 2 3 4 5 6 7 8 (80 turns between, because the conversation is long) 89 90 91 92 93 94 95 96 97 98 99 100',
  )
  expect(size).toBeLessThan(65_000)
})

test('turns that were not even read count among those between', () => {
  const read = turns(100, 2_900)
  expect(shownOf([...read.slice(0, 21), ...read.slice(79)], 5_000).text).toMatch(
    /^1 2 3 4 5 6 7 8 \(4980 turns between, because the conversation is long\) 89 .* 100$/,
  )
  expect(shownOf(turns(3, 10), 9).text).toBe('1 2 3 (6 turns between, because the conversation is long)')
})

test('an utterance that is too long is shown by its beginning, and says how much is missing', () => {
  const [rubric] = conversationRubrics
  if (!rubric) throw new Error('there are no rubrics')
  const subject = { turns: [said('y'.repeat(4_000), 9_000)], turnCount: 1 }
  expect(conversationPrompt(rubric, subject)[1]?.content).toContain('yyy [cut: 5000 characters more]')
})

test('it is told where the user spoke over the agent', () => {
  const [rubric] = conversationRubrics
  if (!rubric) throw new Error('there are no rubrics')
  const cutOff = {
    user: null,
    agent: { text: 'As I was', length: 8 },
    interrupted: true,
  }
  const content = conversationPrompt(rubric, { turns: [cutOff], turnCount: 1 })[1]?.content
  expect(content).toContain('"user_interrupted_the_agent": true')
})
