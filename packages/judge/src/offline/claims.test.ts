import { expect, test } from 'vitest'
import { claimsOf, isInvitation, isRefusal, mayBeEnglish } from './claims.ts'

test.each([
  'I don’t know that.',
  "I'm not sure about that one.",
  'I am sorry, I could not find anything about prices.',
  'We have no information on that.',
  "I can't help with that.",
  'The documents do not mention a price.',
  'I have no idea.',
  'I am unable to answer this.',
])('a refusal: %s', (sentence) => {
  expect(isRefusal(sentence)).toBe(true)
})

test.each([
  'It does not have a limit.',
  'You cannot schedule a function without a period.',
  'I can help you find the right function.',
  'They do not know each other in the story of the two brothers who were not told anything.',
  'Modal does not tell users which machine runs a function.',
])('no refusal: %s', (sentence) => {
  expect(isRefusal(sentence)).toBe(false)
})

test.each([
  'You can ask it another way, or ask me something else.',
  'Please say that again.',
  'Is there anything else?',
  'Can I help you with something?',
])('an invitation, which claims nothing: %s', (sentence) => {
  expect(isInvitation(sentence)).toBe(true)
})

test.each([
  'You can ask the scheduler for a period.',
  'You can repeat a job every day.',
  'Can a function call another?',
])('no invitation: %s', (sentence) => {
  expect(isInvitation(sentence)).toBe(false)
})

test('a refusal with an invitation claims nothing', () => {
  const answer = [
    'I could not find an answer to that in my documents.',
    'You can ask it another way, or ask me something else.',
  ]
  expect(claimsOf(answer)).toEqual({ claims: [], contentWords: 0, refused: true })
})

test('what follows a refusal after "but" is a claim', () => {
  expect(claimsOf(["I don't know the price, but the museum opened in 1928."])).toMatchObject({
    claims: ['the museum opened in 1928.'],
    refused: true,
  })
  expect(claimsOf(["I don't know."])).toEqual({ claims: [], contentWords: 0, refused: true })
})

test('another language is told from English by its grammar words', () => {
  expect(mayBeEnglish('You pass a period to the schedule parameter of the function.')).toBe(true)
  expect(mayBeEnglish('Deploy now')).toBe(true)
  expect(
    mayBeEnglish('Sie übergeben dem Parameter schedule der Funktion eine Zeitspanne von einem Tag.'),
  ).toBe(false)
  expect(mayBeEnglish('関数を毎日実行するには、デコレータの引数に期間を渡します。')).toBe(false)
  expect(mayBeEnglish('Да')).toBe(false)
})
