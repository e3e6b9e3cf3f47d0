import type { CallFailure, CallState } from './call-state.ts'
import { microphoneWords, type ProblemWords } from './microphone.ts'

/** The state of a call in a word, and in a sentence what the caller can do. */
export function callWords(state: CallState): { word: string; sentence: string } {
  const { phase, agent, microphone, userSpeaking } = state
  switch (phase) {
    case 'idle':
      return {
        word: 'Ready when you are',
        sentence: 'Your microphone is asked for when you connect. Every word becomes a trace.',
      }
    case 'asking':
      return {
        word: 'One question first',
        sentence: 'Your browser asks whether this page may use the microphone.',
      }
    case 'connecting':
      return { word: 'Connecting', sentence: 'Finding the way to the bot.' }
    case 'reconnecting':
      if (state.botIsSilent)
        return {
          word: 'The bot does not answer',
          sentence: 'It may have gone down. This page goes on asking, and talks to it again once it is back.',
        }
      return {
        word: 'Reconnecting',
        sentence: 'The conversation goes on where it was once the bot is reached again.',
      }
    case 'ended':
      return state.endedBy === 'bot'
        ? { word: 'The bot hung up', sentence: 'It was stopped, or ended the call. The trace stays.' }
        : { word: 'Call ended', sentence: 'The trace stays. Scores of the last turn may still arrive.' }
    case 'failed':
      return failureWords(state.failure)
    case 'connected': {
      if (userSpeaking)
        return { word: 'Listening', sentence: 'Take your time. It answers after a short silence.' }
      if (agent === 'thinking') return { word: 'Thinking', sentence: 'The answer is on its way.' }
      if (agent === 'speaking') {
        return {
          word: 'Speaking',
          sentence:
            microphone === 'open'
              ? 'Talk over it any time to interrupt.'
              : 'Type any time to ask something else.',
        }
      }
      if (microphone === 'muted')
        return { word: 'Muted', sentence: 'The bot does not hear you. Press M to speak again.' }
      const isHeard = microphone === 'open' || microphone === 'silent'
      return { word: 'Listening', sentence: isHeard ? 'Ask your question.' : 'Type your question below.' }
    }
  }
}

function failureWords(failure: CallFailure | null): { word: string; sentence: string } {
  const word = {
    busy: 'The bot is busy',
    down: 'The bot does not answer',
    refused: 'The call was refused',
    lost: 'The connection was lost',
  }[failure?.kind ?? 'refused']
  return { word, sentence: failure?.message ?? '' }
}

/** What is wrong with the microphone, or null when nothing is. */
export function microphoneProblem({ microphone }: CallState): ProblemWords | null {
  return microphone === 'none' || microphone === 'open' || microphone === 'muted'
    ? null
    : microphoneWords[microphone]
}
