/** What is said when a part fails: short, honest, and with what the caller can do. */
export const apologies = {
  noTranscript: 'Sorry, I could not make out what you said. Please say it again.',
  noAnswer: 'Sorry, I cannot answer right now. Please ask me again in a moment.',
  answerCutOff: 'Sorry, I lost the rest of my answer. Please ask me again.',
  noVoice: 'Sorry, my voice is failing me. Please ask me again in a moment.',
} as const
