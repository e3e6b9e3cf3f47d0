export type { Confidence, Failed, Judge, Judgement, NotJudged, Scored } from './judgement.ts'
export { createOfflineJudge } from './offline/offline-judge.ts'
export * from './rubrics/index.ts'
export { type Passage, type Subject, subjectOfTurn, type Utterance } from './subject.ts'
