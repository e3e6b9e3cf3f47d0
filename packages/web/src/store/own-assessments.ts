import type { Assessment, Json } from '@voxtrace/model'
import type { PersonalAssessment } from '../api/assessments.ts'
import { Observable } from './observable.ts'

/** What writes to the server; rejects when it could not. */
export interface AssessmentWriter {
  create(assessment: PersonalAssessment): Promise<string>
  update(assessmentId: string, assessment: PersonalAssessment): Promise<void>
  remove(traceId: string, assessmentId: string): Promise<void>
}

export interface OwnAssessment {
  /** Null until the server has it. */
  id: string | null
  kind: PersonalAssessment['kind']
  /** Undefined once it is taken back. */
  value: Json | undefined
  rationale: string | null
  state: 'saved' | 'saving' | 'failed'
  failure: string | null
}

export interface AssessedPlace {
  traceId: string
  spanId: string | null
}

type Own = ReadonlyMap<string, OwnAssessment>

/**
 * What one person says of one turn or conversation, by name. It shows at once and is written behind; each name is
 * written by one request at a time, the last word wins, and what could not be written stays and can be tried again.
 */
export class OwnAssessments extends Observable<Own> {
  readonly #place: AssessedPlace
  readonly #sourceId: string
  readonly #writer: AssessmentWriter
  readonly #writing = new Set<string>()

  constructor(
    place: AssessedPlace,
    sourceId: string,
    known: readonly Assessment[],
    writer: AssessmentWriter,
  ) {
    super(ownOf(known, place, sourceId))
    this.#place = place
    this.#sourceId = sourceId
    this.#writer = writer
  }

  put(name: string, kind: OwnAssessment['kind'], value: Json, rationale?: string | null): void {
    const before = this.getState().get(name)
    const said = rationale === undefined ? (before?.rationale ?? null) : rationale
    if (before?.state !== 'failed' && before?.value === value && before.rationale === said) return
    this.#set(name, { id: before?.id ?? null, kind, value, rationale: said, state: 'saving', failure: null })
    void this.#write(name)
  }

  /** Takes back what was said. */
  remove(name: string): void {
    const before = this.getState().get(name)
    if (before === undefined || before.value === undefined) return
    this.#set(name, { ...before, value: undefined, state: 'saving', failure: null })
    void this.#write(name)
  }

  /** Writes again what failed. */
  retry(): void {
    for (const [name, own] of this.getState()) {
      if (own.state !== 'failed') continue
      this.#set(name, { ...own, state: 'saving', failure: null })
      void this.#write(name)
    }
  }

  async #write(name: string): Promise<void> {
    if (this.#writing.has(name)) return
    this.#writing.add(name)
    try {
      for (let wanted = this.#saving(name); wanted; wanted = this.#saving(name)) {
        const id = await this.#send(name, wanted)
        const now = this.getState().get(name)
        if (now === wanted) this.#set(name, { ...wanted, id, state: 'saved' })
        else if (now) this.#set(name, { ...now, id })
      }
    } catch (error) {
      const own = this.getState().get(name)
      const failure = error instanceof Error ? error.message : String(error)
      if (own) this.#set(name, { ...own, state: 'failed', failure })
    } finally {
      this.#writing.delete(name)
    }
  }

  #saving(name: string): OwnAssessment | null {
    const own = this.getState().get(name)
    return own?.state === 'saving' ? own : null
  }

  /** Resolves with the id that the assessment then has. */
  async #send(name: string, { id, kind, value, rationale }: OwnAssessment): Promise<string | null> {
    const { traceId } = this.#place
    if (value === undefined) {
      if (id !== null) await this.#writer.remove(traceId, id)
      return null
    }
    const assessment = { ...this.#place, name, kind, sourceId: this.#sourceId, value, rationale }
    if (id === null) return this.#writer.create(assessment)
    await this.#writer.update(id, assessment)
    return id
  }

  #set(name: string, own: OwnAssessment): void {
    const next = new Map(this.getState())
    if (own.value === undefined && own.state === 'saved') next.delete(name)
    else next.set(name, own)
    this.setState(next)
  }
}

/** The latest that a person said by each name, of one turn or conversation. */
function ownOf(known: readonly Assessment[], place: AssessedPlace, sourceId: string): Own {
  const own = known
    .filter(
      ({ spanId, source }) => spanId === place.spanId && source.type === 'HUMAN' && source.id === sourceId,
    )
    .sort((a, b) => a.lastUpdateTimeMs - b.lastUpdateTimeMs)
  return new Map(
    own.map(({ name, assessmentId, kind, value, rationale }) => [
      name,
      { id: assessmentId, kind, value, rationale, state: 'saved', failure: null },
    ]),
  )
}
