import type { Rubric } from './rubric.ts'

export const tone: Rubric = {
  criterion: 'tone',
  question: 'Does the answer sound right to this caller when it is spoken aloud?',
  levels: [
    'Rude, insulting or alarming.',
    'Cold, or ill-matched to the caller’s mood.',
    'Acceptable but mechanical; or it holds things that are not for the ear, such as Markdown, web addresses or lists.',
    'Warm and easy to listen to, with one awkward spot.',
    'Natural aloud, and suited to the caller’s mood.',
  ],
  ignore: [
    'whether the answer is relevant, true or supported',
    'slips of speech recognition in the user’s words',
    'plain brevity: short is not cold',
  ],
  inputs: ['history', 'question', 'answer'],
  notJudged: ['the agent said nothing'],
  version: 1,
}
