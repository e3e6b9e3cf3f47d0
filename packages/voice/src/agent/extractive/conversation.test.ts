import { describe, expect, test } from 'vitest'
import type { Message } from '../language-model.ts'
import { type Intent, intentOf } from './intent.ts'
import { refusal } from './refusal.ts'
import { retrievalQuery } from './retrieval-query.ts'

const user = (content: string): Message => ({ role: 'user', content })
const agent = (content: string): Message => ({ role: 'assistant', content })

describe('intentOf', () => {
  const cases: [Intent, string[]][] = [
    ['greeting', ['Hello!', 'hi there', 'good morning', 'um hey', 'Hello? Can you hear me?']],
    ['well_being', ['How are you?', 'hi how are you doing today']],
    ['thanks', ['Thank you.', 'ok thanks a lot', 'great thank you very much', 'Thanks, that was helpful']],
    ['goodbye', ['Goodbye.', 'ok bye', 'thank you bye bye', "that's all for now", 'see you later']],
    [
      'repeat',
      [
        'Can you repeat that?',
        'say that again please',
        'sorry what did you say',
        'Pardon?',
        'come again',
        "I didn't catch that.",
      ],
    ],
    [
      'more',
      [
        'Tell me more.',
        'can you tell me more about that',
        'go on',
        'what else',
        'Could you elaborate?',
        'more details please',
      ],
    ],
    ['identity', ['Who are you?', 'what is your name', 'are you a robot']],
    ['capabilities', ['What can you do?', 'how can you help me', 'what can I ask you', 'help']],
    ['acknowledgement', ['Okay.', 'I see', 'yes', 'no thanks', 'ok got it great']],
    ['nothing', ['', '…', 'um', 'uh hmm']],
    [
      'question',
      [
        'How do I use Modal functions?',
        'hello how do i deploy an app',
        'What is a repeat interval?',
        'tell me more about volumes',
        'what can a judge do',
        'thanks and how much does it cost',
        'what about memory',
        'and why?',
      ],
    ],
  ]
  test.each(cases.flatMap(([intent, said]) => said.map((one) => [one, intent] as const)))(
    '“%s” is %s',
    (said, intent) => {
      expect(intentOf(said)).toBe(intent)
    },
  )
})

describe('retrievalQuery', () => {
  const history = [user('How do I create a volume?'), agent('Use the volume command.')]

  test('is the question where it stands for itself', () => {
    expect(retrievalQuery('How do I deploy an app?', history)).toBe('How do I deploy an app?')
  })

  test('adds what the conversation is about to a follow-up', () => {
    expect(retrievalQuery('how do I delete it', history)).toBe('how do I delete it create volume')
    expect(retrievalQuery('what about secrets', history)).toBe('what about secrets create volume')
  })

  test('takes the last question that stood for itself, through follow-ups and small talk', () => {
    const longer = [
      ...history,
      user('what about secrets'),
      agent('…'),
      user('thank you'),
      agent('You are welcome.'),
    ]
    expect(retrievalQuery('and how do I delete them', longer)).toBe('and how do I delete them create volume')
    expect(retrievalQuery('tell me more', longer)).toBe('what about secrets create volume')
  })

  test('names what the documents are about', () => {
    const said = (question: string, before: Message[] = []) => retrievalQuery(question, before, 'Acme')
    expect(said('how do I start it?')).toBe('how do I start Acme?')
    expect(said('How do I run this on a server?')).toBe('How do I run Acme on a server?')
    expect(said('can you tell me what this trace means')).toBe('what this trace means')
    expect(said('Can I interrupt you?')).toBe('Can I interrupt Acme?')
    expect(said('how do you deploy an app')).toBe('how do you deploy an app')
    expect(said('What time is it?')).toBe('What time is it?')
    expect(said('how do I stop it', [user('What is Acme?'), agent('A tool.')])).toBe('how do I stop Acme')
    expect(said('how do I delete it', history)).toBe('how do I delete Acme create volume')
  })

  test('does not go on from a question that had no answer', () => {
    const refused = [user('What is a marble?'), agent(refusal('my documents'))]
    expect(retrievalQuery('how do I delete it', [...history, ...refused])).toBe(
      'how do I delete it create volume',
    )
    expect(retrievalQuery('how do I delete it', refused)).toBe('how do I delete it')
  })

  test('is what was said where there is nothing to refer to', () => {
    expect(retrievalQuery('tell me more', [])).toBe('tell me more')
    expect(retrievalQuery('what about it', [])).toBe('what about it')
    expect(retrievalQuery('hello', history)).toBe('hello')
  })
})
