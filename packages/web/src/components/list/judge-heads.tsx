import { conversationJudges, judges } from '../../facade/judges.ts'

/** The heads of the scores of a row, each over its own: those of its turns, or those of the conversation as a whole. */
export function JudgeHeads({ of }: { of: 'turns' | 'whole' }) {
  return (
    <span className="judges">
      {(of === 'turns' ? judges : conversationJudges).map(({ name, short, label }) => (
        <span key={name} title={of === 'turns' ? label : `${label}, of the whole conversation`}>
          {short}
        </span>
      ))}
    </span>
  )
}
