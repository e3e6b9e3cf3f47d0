import type { Rubric } from './rubric.ts'

export const answerRelevancy: Rubric = {
  criterion: 'answer_relevancy',
  question: 'Does the answer do what the user asked for in this turn?',
  levels: [
    'Ignores the request: it speaks of something else, or does not answer at all.',
    'Touches the topic of the request but misses what the user needs.',
    'Answers part of the request and leaves a main part open.',
    'Answers the request, with a small gap or a detour.',
    'Answers exactly what was asked, all of it and nothing beside it.',
  ],
  ignore: [
    'whether the answer is true or supported by documents',
    'its length, as long as the request is answered',
    'slips of speech recognition in the user’s words, when the meaning is clear',
    'politeness and style',
  ],
  inputs: ['history', 'question', 'answer'],
  notJudged: [
    'the user’s words hold no request, question or remark that could be answered',
    'the answer was cut off by the user before it said anything of substance',
  ],
  version: 1,
}
