import type { Feedback } from '@voxtrace/model'
import { describe, expect, test, vi } from 'vitest'
import { type AssessmentWriter, OwnAssessments } from './own-assessments.ts'

const place = { traceId: 'tr-1', spanId: 's-1' }

function judged(change: Partial<Feedback>): Feedback {
  return {
    assessmentId: 'a-0',
    name: 'judge.tone',
    ...place,
    kind: 'feedback',
    source: { type: 'HUMAN', id: 'Ada' },
    createTimeMs: 1,
    lastUpdateTimeMs: 1,
    rationale: null,
    metadata: {},
    overrides: null,
    valid: true,
    value: 3,
    error: null,
    ...change,
  }
}

function writer(): AssessmentWriter & { log: string[] } {
  const log: string[] = []
  return {
    log,
    create: async ({ name, value }) => {
      log.push(`create ${name} ${value}`)
      return 'a-new'
    },
    update: async (id, { value, rationale }) => void log.push(`update ${id} ${value} ${rationale}`),
    remove: async (_, id) => void log.push(`remove ${id}`),
  }
}

const settled = (own: OwnAssessments) =>
  vi.waitFor(() => expect([...own.getState().values()].some(({ state }) => state === 'saving')).toBe(false))

describe('what a person says of a turn', () => {
  test('begins with what the same person said of it before', () => {
    const known = [
      judged({ value: 2 }),
      judged({ assessmentId: 'a-1', lastUpdateTimeMs: 2, value: 4 }),
      judged({ source: { type: 'HUMAN', id: 'Bob' }, value: 1 }),
      judged({ source: { type: 'LLM_JUDGE', id: 'Ada' }, value: 1 }),
      judged({ spanId: null, value: 5, name: 'judge.coherence' }),
    ]
    const own = new OwnAssessments(place, 'Ada', known, writer())
    expect([...own.getState()]).toEqual([['judge.tone', expect.objectContaining({ id: 'a-1', value: 4 })]])
  })

  test('shows at once, and the last of hasty words is what is written', async () => {
    const server = writer()
    const own = new OwnAssessments(place, 'Ada', [], server)
    own.put('judge.tone', 'feedback', 2)
    own.put('judge.tone', 'feedback', 4)
    own.put('judge.tone', 'feedback', 5, 'warm')
    expect(own.getState().get('judge.tone')).toMatchObject({ value: 5, state: 'saving' })
    await settled(own)
    expect(server.log).toEqual(['create judge.tone 2', 'update a-new 5 warm'])
    expect(own.getState().get('judge.tone')).toMatchObject({ id: 'a-new', value: 5, state: 'saved' })
  })

  test('can be taken back and said again', async () => {
    const server = writer()
    const own = new OwnAssessments(place, 'Ada', [judged({ assessmentId: 'a-9' })], server)
    own.remove('judge.tone')
    await vi.waitFor(() => expect(own.getState().has('judge.tone')).toBe(false))
    own.put('judge.tone', 'feedback', 1)
    await settled(own)
    expect(server.log).toEqual(['remove a-9', 'create judge.tone 1'])
  })

  test('is not lost when the server is away', async () => {
    const server = writer()
    const create = server.create
    server.create = () => Promise.reject(new Error('away'))
    const own = new OwnAssessments(place, 'Ada', [], server)
    own.put('comment', 'feedback', 'Too long.')
    await settled(own)
    expect(own.getState().get('comment')).toMatchObject({
      value: 'Too long.',
      state: 'failed',
      failure: 'away',
    })
    server.create = create
    own.retry()
    await settled(own)
    expect(own.getState().get('comment')).toMatchObject({ id: 'a-new', state: 'saved' })
  })
})
