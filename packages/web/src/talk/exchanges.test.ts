import { describe, expect, it } from 'vitest'
import {
  type Exchange,
  unspokenText,
  withHeardText,
  withReport,
  withUserText,
  withWrittenText,
} from './exchanges.ts'

type Step = (exchanges: Exchange[]) => Exchange[]
const after = (...steps: Step[]) => steps.reduce<Exchange[]>((exchanges, step) => step(exchanges), [])
const user =
  (text: string, final = true): Step =>
  (exchanges) =>
    withUserText(exchanges, text, final)
const writes =
  (text: string): Step =>
  (exchanges) =>
    withWrittenText(exchanges, text)
const says =
  (text: string): Step =>
  (exchanges) =>
    withHeardText(exchanges, text)
const report =
  (number: number, userText: string | null, agentText: string | null, interrupted = false): Step =>
  (exchanges) =>
    withReport(exchanges, {
      number,
      userText,
      agentText,
      interrupted,
      voiceToVoiceMs: 700,
      parts: { first_token: 700 },
    })

describe('the exchanges of a call', () => {
  it('rewrites the words of one turn as they are understood', () => {
    const [exchange, ...others] = after(
      user('how do', false),
      user('How do I', false),
      user('How do I send traces?'),
    )
    expect(others).toEqual([])
    expect(exchange).toMatchObject({ userText: 'How do I send traces?', userPending: false })
  })

  it('begins with a greeting that answers nobody', () => {
    const exchanges = after(says('Hello.'), report(0, null, 'Hello.'), user('Hi'))
    expect(exchanges.map(({ number, userText }) => [number, userText])).toEqual([
      [0, null],
      [null, 'Hi'],
    ])
  })

  it('tells what is being said from what is only written', () => {
    const [exchange] = after(
      user('Why?'),
      writes('Because it is warm. '),
      writes('And free.'),
      says('Because it is warm.'),
    )
    expect(exchange && unspokenText(exchange)).toBe('And free.')
  })

  it('begins a new exchange when the user speaks over the answer, and gives the report to the old one', () => {
    const exchanges = after(
      user('What about cold starts?'),
      writes('They happen when nothing is warm. Set a minimum.'),
      says('They happen when nothing is warm.'),
      user('Sorry', false),
      report(1, 'What about cold starts?', 'They happen when', true),
    )
    expect(exchanges).toHaveLength(2)
    expect(exchanges[0]).toMatchObject({ number: 1, interrupted: true, heardText: 'They happen when' })
    expect(exchanges[0] && unspokenText(exchanges[0])).toBe('nothing is warm. Set a minimum.')
    expect(exchanges[1]).toMatchObject({ number: null, userText: 'Sorry' })
  })

  it('takes the same report twice as one', () => {
    expect(after(user('A'), report(1, 'A', 'B'), report(1, 'A', 'B'))).toHaveLength(1)
  })

  it('shows a turn of which only the report arrived', () => {
    expect(after(report(3, 'typed', 'answered'))).toMatchObject([
      { number: 3, userText: 'typed', heardText: 'answered' },
    ])
  })
})
