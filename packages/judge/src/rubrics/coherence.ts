import type { Rubric } from './rubric.ts'

export const coherence: Rubric = {
  criterion: 'coherence',
  question: 'Can the answer be followed at one hearing, and does it fit the turns before it?',
  levels: [
    'Cannot be followed.',
    'Contradicts itself or what the agent said before.',
    'Can be followed, with jumps.',
    'Clear, with a small stumble.',
    'Clear at one hearing, and fits the turns before it.',
  ],
  ignore: [
    'whether the answer is true or supported by documents',
    'its length',
    'slips of speech recognition in the user’s words',
    'an end that is missing because the user interrupted',
  ],
  inputs: ['history', 'question', 'answer'],
  notJudged: ['the agent said nothing'],
  version: 1,
}
