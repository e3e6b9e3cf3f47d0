import type { Embedder } from '@voxtrace/language'
import type { Judge, Judgement } from '../judgement.ts'
import { judgeMissingInput } from '../missing-input.ts'
import type { Rubric } from '../rubrics/index.ts'
import type { Subject } from '../subject.ts'
import { judgeAnswerRelevancy } from './answer-relevancy.ts'
import { judgeCoherence } from './coherence.ts'
import { judgeFaithfulness } from './faithfulness.ts'
import { judgeRetrievalRelevancy } from './retrieval-relevancy.ts'
import { Similarity } from './similarity.ts'
import { judgeTone } from './tone.ts'

/** Goes up with every change of a formula, so that scores of different formulas are never mixed. */
const version = 1

/**
 * A judge without a language model: embeddings and measures of the text, on the CPU. `docs/guide/judges.md` tells
 * how far its scores agree with people.
 */
export function createOfflineJudge(embedder: Embedder): Judge {
  const similarity = new Similarity(embedder)
  return {
    source: { type: 'CODE', id: `voxtrace-offline-judge@${version}` },
    version: String(version),
    // No measure of the text agrees with people on these: see docs/decisions/0016.
    judgeConversation: null,
    async judge(rubric, subject, signal) {
      signal?.throwIfAborted()
      return judgeMissingInput(rubric, subject) ?? (await judgeBy(rubric, subject, similarity))
    },
  }
}

async function judgeBy(rubric: Rubric, subject: Subject, similarity: Similarity): Promise<Judgement> {
  switch (rubric.criterion) {
    case 'answer_relevancy':
      return judgeAnswerRelevancy(subject, similarity)
    case 'retrieval_relevancy':
      return judgeRetrievalRelevancy(subject, similarity)
    case 'faithfulness':
      return judgeFaithfulness(subject, similarity)
    case 'tone':
      return judgeTone(subject)
    case 'coherence':
      return judgeCoherence(subject, similarity)
  }
}
