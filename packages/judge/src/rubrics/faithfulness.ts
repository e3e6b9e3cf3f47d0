import type { Rubric } from './rubric.ts'

export const faithfulness: Rubric = {
  criterion: 'faithfulness',
  question: 'Is every claim of the answer supported by the retrieved documents?',
  levels: [
    'Contradicts the documents.',
    'A key claim is not supported by the documents.',
    'The key claims are supported, secondary claims are not.',
    'Every claim is supported, but something is slightly overstated.',
    'Every claim can be traced to the documents, or the answer honestly says that they do not tell.',
  ],
  ignore: [
    'whether the answer is what the user wanted',
    'whether a claim is true in the world: only the documents count',
    'differences of wording where the meaning is the same',
    'its length, its style, and slips of speech recognition',
  ],
  inputs: ['question', 'answer', 'documents'],
  notJudged: [
    'no documents were retrieved',
    'the answer makes no claim (a greeting, thanks, a question back to the user)',
  ],
  version: 1,
}
