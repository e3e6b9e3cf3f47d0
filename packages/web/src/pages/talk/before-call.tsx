import { useQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import { answersWith, botStatusQuery } from '../../api/status.ts'
import { formatCount } from '../../format/time.ts'

const questions = [
  'What is Voxtrace?',
  'How do I send traces from my own agent?',
  'What do the judges score?',
]

/** What one might ask, for those who do not know where to begin. */
export function CallIdeas({ onAsk }: { onAsk(question: string): void }) {
  return (
    <div className="talk-ideas">
      <p>What you both say appears here, with the wait between. To try it without speaking, ask:</p>
      <ul>
        {questions.map((question) => (
          <li key={question}>
            <button type="button" className="button" onClick={() => onAsk(question)}>
              “{question}”
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Whom the call will reach. */
export function BeforeCall() {
  const { data, isError, isPending } = useQuery(botStatusQuery)
  const facts: [string, string][] = data
    ? [
        ['Hears with', data.models.stt],
        ['Answers with', answersWith(data)],
        ['Speaks with', data.models.tts],
        [
          'Knowledge',
          data.knowledge.embedded < data.knowledge.passages
            ? `reading, ${formatCount(data.knowledge.embedded)} of ${formatCount(data.knowledge.passages)} passages`
            : `${formatCount(data.knowledge.passages)} passages`,
        ],
        ['Calls now', `${data.conversations.active} of at most ${data.conversations.max}`],
      ]
    : []
  return (
    <aside className="talk-turn" aria-label="Before you start">
      <header>
        <span className="heading">Before you start</span>
      </header>
      <dl className="facts talk-before">
        <dt>Bot</dt>
        <dd>
          {isPending
            ? 'asking'
            : isError
              ? 'does not answer'
              : data.status === 'ready'
                ? 'ready'
                : 'is ending'}
        </dd>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
        <dt>Judges</dt>
        <dd>five, after each turn</dd>
      </dl>
    </aside>
  )
}
