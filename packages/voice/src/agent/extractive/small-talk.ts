import type { Message } from '../language-model.ts'
import type { Intent } from './intent.ts'

export interface Knows {
  /** As it is said aloud, such as "the Voxtrace documentation". */
  knowledgeName: string
  /** What it is about. */
  subject: string | null
}

function help({ knowledgeName, subject }: Knows): string {
  return subject
    ? `Ask me about ${subject}, for example what it is or how to start, and I answer from its documentation.`
    : `Ask me about ${knowledgeName}, and I look it up and answer from it.`
}

/** What is said where there is no question to the knowledge, or nothing yet to say more about. */
export function smallTalk(intent: Intent, history: readonly Message[], knows: Knows): string {
  switch (intent) {
    case 'greeting':
      return 'Hello! What would you like to know?'
    case 'well_being':
      return 'I am well, thank you. What would you like to know?'
    case 'thanks':
      return 'You are welcome. Is there anything else you would like to know?'
    case 'goodbye':
      return 'Goodbye, and thank you for talking to me.'
    case 'identity':
      return `I am a voice assistant that answers from ${knows.knowledgeName}. I find the passages that fit your question and read you the best of them.`
    case 'capabilities':
      return `${help(knows)} You can also say repeat that, or tell me more.`
    case 'acknowledgement':
      return 'All right. Is there anything else you would like to know?'
    case 'repeat':
      return (
        history.findLast(({ role }) => role === 'assistant')?.content ??
        'I have not said anything yet. What would you like to know?'
      )
    case 'more':
      return `More about what? ${help(knows)}`
    case 'nothing':
    case 'question':
      return 'Sorry, I did not catch that. Could you say it again?'
  }
}
