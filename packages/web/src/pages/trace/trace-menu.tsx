import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteTraces, judgeAgain, setTagOnTraces } from '../../api/trace-actions.ts'
import { Question } from '../../components/list/question.tsx'
import { type Tag, TagForm } from '../../components/list/tag-form.tsx'
import { Menu } from '../../components/menu.tsx'
import type { TraceView } from '../../facade/trace-view.ts'
import { counted } from '../../format/time.ts'

type Step = { ask: 'tag' | 'delete' } | { title: string; said: string }

/** What can be done to one trace, as the list does it to many. */
export function TraceMenu({ view }: { view: TraceView }) {
  const { traceId, experimentId } = view.info
  const [step, setStep] = useState<Step | null>(null)
  const navigate = useNavigate()
  const close = () => setStep(null)
  /** Does it, and says what came of it where that is not seen, or what was in the way. */
  const act = async (title: string, work: () => Promise<string | null>) => {
    try {
      const said = await work()
      setStep(said === null ? null : { title, said })
    } catch (error) {
      setStep({ title, said: error instanceof Error ? error.message : String(error) })
    }
  }
  const tag = ({ key, value }: Tag) =>
    act('The tag was not set', async () => {
      await setTagOnTraces([traceId], key, value)
      return null
    })
  const judge = () =>
    act('Judge again', async () => {
      const turns = await judgeAgain([traceId])
      if (turns === 0) return 'There are no ended turns to judge.'
      return `${counted(turns, 'turn')} ${turns === 1 ? 'waits' : 'wait'} for the judge.`
    })
  const remove = () =>
    act('The trace was not deleted', async () => {
      await deleteTraces(experimentId, [traceId])
      await navigate({ to: '/experiments/$experimentId', params: { experimentId }, replace: true })
      return null
    })
  return (
    <>
      <Menu label="More" closesWhenChosen>
        <button type="button" onClick={() => setStep({ ask: 'tag' })}>
          Tag
        </button>
        {view.conversation !== null && (
          <button type="button" onClick={() => void judge()}>
            Judge again
          </button>
        )}
        <button type="button" className="danger" onClick={() => setStep({ ask: 'delete' })}>
          Delete
        </button>
      </Menu>
      {step !== null && 'said' in step && (
        <Question title={step.title} onClose={close}>
          <p role="status">{step.said}</p>
          <div className="actions">
            <button type="button" className="button" onClick={close}>
              Close
            </button>
          </div>
        </Question>
      )}
      {step !== null && 'ask' in step && step.ask === 'tag' && (
        <Question title="Tag this trace" onClose={close}>
          <TagForm onTag={(set) => void tag(set)} />
        </Question>
      )}
      {step !== null && 'ask' in step && step.ask === 'delete' && (
        <Question title="Delete this trace?" onClose={close}>
          <p>
            Its spans, recordings and scores go with it. This cannot be undone; an export beforehand keeps
            them.
          </p>
          <div className="actions">
            <button type="button" className="button" onClick={close}>
              Keep it
            </button>
            <button type="button" className="button danger" onClick={() => void remove()}>
              Delete
            </button>
          </div>
        </Question>
      )}
    </>
  )
}
