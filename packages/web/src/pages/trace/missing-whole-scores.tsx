import { useQuery } from '@tanstack/react-query'
import { serverStatusQuery } from '../../api/status.ts'
import { Icon } from '../../components/icon.tsx'
import { isJudgedOffline } from '../../facade/criteria.ts'
import { useStore } from '../../store/observable.ts'
import { ReadNote } from '../../store/read-note.ts'

const note = new ReadNote('missing-whole-scores')

/** Says why nothing is said of the conversation as a whole where the judge works offline, until it is put away. */
export function MissingWholeScores() {
  const isRead = useStore(note)
  const { data } = useQuery({ ...serverStatusQuery, refetchInterval: false, enabled: !isRead })
  if (isRead || !data || !isJudgedOffline(data)) return null
  return (
    <aside className="missing-scores" aria-label="The whole conversation">
      <p className="faint">
        Whether the caller reached their goal, stayed calm and was remembered is judged by a language model
        only: set <code>OPENAI_API_KEY</code> where the judge runs.
      </p>
      <button
        type="button"
        className="button ghost square"
        aria-label="Put this note away"
        onClick={() => note.putAway()}
      >
        <Icon name="close" />
      </button>
    </aside>
  )
}
