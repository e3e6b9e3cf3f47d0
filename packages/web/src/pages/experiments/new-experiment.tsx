import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { createExperiment } from '../../api/experiments.ts'
import { experimentsQuery } from '../../api/queries.ts'
import { Icon } from '../../components/icon.tsx'
import { NameForm } from '../../components/list/name-form.tsx'
import { Question } from '../../components/list/question.tsx'

/** Asks for a name, makes the experiment and goes to it. */
export function NewExperiment() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const create = async (name: string) => {
    const experimentId = await createExperiment(name)
    await client.refetchQueries({ queryKey: experimentsQuery.queryKey })
    await navigate({ to: '/experiments/$experimentId', params: { experimentId } })
  }
  return (
    <>
      <button type="button" className="button" aria-label="New experiment" onClick={() => setOpen(true)}>
        <Icon name="plus" />
        <span className="wide-only">New experiment</span>
      </button>
      {isOpen && (
        <Question title="New experiment" onClose={() => setOpen(false)}>
          <NameForm subject="An experiment" action="Create" onSave={create} />
        </Question>
      )}
    </>
  )
}
