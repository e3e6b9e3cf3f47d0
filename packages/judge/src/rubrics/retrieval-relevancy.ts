import type { Rubric } from './rubric.ts'

export const retrievalRelevancy: Rubric = {
  criterion: 'retrieval_relevancy',
  question: 'Do the retrieved documents hold what is needed to answer the user in this turn?',
  levels: [
    'Nothing in the documents is of use for the request.',
    'The documents are on the same topic, but the answer is not in them.',
    'The documents hold part of the answer.',
    'The documents hold the answer, amid much that is beside the point.',
    'The documents hold the whole answer, and it stands out.',
  ],
  ignore: [
    'what the agent answered',
    'how well the documents are written or formatted',
    'slips of speech recognition in the user’s words, when the meaning is clear',
  ],
  inputs: ['history', 'question', 'documents'],
  notJudged: [
    'no documents were retrieved',
    'the user’s words need no documents (a greeting, thanks, a request to repeat)',
  ],
  version: 1,
}
