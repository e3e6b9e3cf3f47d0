/** One request that both servers get. `{name}` in it stands for what an earlier answer kept. */
export interface Question {
  /** Method and path below `/api/`, such as `POST 2.0/mlflow/runs/create`. */
  ask: string
  query?: Record<string, string | string[]>
  body?: object
  /** What of the answer to keep, by name: a path such as `run.info.run_id`. */
  keep?: Record<string, string>
  /** Only the things found are compared, by this name of theirs: for filters and orders. */
  found?: 'run_name' | 'trace_id' | 'name'
  /** We refuse in words of our own, which say more; the code is the same. */
  ownWords?: true
}

/** What one of the servers answered, without what differs from server to server and from run to run. */
export interface Answer {
  status: number
  body: unknown
}

/** One of the two servers, with the ids that it gave. */
export class Side {
  readonly #url: string
  readonly #kept = new Map<string, string>()

  constructor(url: string) {
    this.#url = url
  }

  async ask(question: Question): Promise<Answer> {
    const [method = '', path = ''] = this.#filled(question.ask).split(' ')
    const parameters = new URLSearchParams()
    for (const [name, given] of Object.entries(question.query ?? {})) {
      for (const value of [given].flat()) parameters.append(name, this.#filled(value))
    }
    const answer = await fetch(`${this.#url}/api/${path}?${parameters}`, {
      method,
      ...(question.body === undefined
        ? {}
        : {
            body: this.#filled(JSON.stringify(question.body)),
            headers: { 'content-type': 'application/json' },
          }),
    })
    const text = await answer.text()
    const json: unknown = text.startsWith('{') ? JSON.parse(text) : null
    for (const [name, at] of Object.entries(question.keep ?? {})) {
      this.#kept.set(name, String(at.split('.').reduce<unknown>(member, json)))
    }
    if (question.found !== undefined && answer.ok) {
      return { status: answer.status, body: valuesOf(json, question.found) }
    }
    return { status: answer.status, body: this.#comparable(json, question.ownWords ? ['message'] : []) }
  }

  #filled(text: string): string {
    return text.replace(/\{(\w+)\}/g, (all, name: string) => this.#kept.get(name) ?? all)
  }

  #comparable(value: unknown, ignored: string[]): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#comparable(item, ignored)).sort(byKey)
    if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value)
        .filter(([name]) => ![...ofOneServer, ...ignored].includes(name))
        .map(([name, inner]) => [
          name,
          name === 'experiment_id' ? this.#nameOf(inner) : this.#comparable(inner, ignored),
        ])
        .filter(([, inner]) => !isEmpty(inner))
      return Object.fromEntries(members)
    }
    if (typeof value === 'number' && Math.abs(value - Date.now()) < 3_600_000) return '<now>'
    return typeof value === 'string' ? this.#anonymous(value) : value
  }

  #nameOf(id: unknown): unknown {
    return [...this.#kept].find(([, kept]) => kept === id)?.[0] ?? id
  }

  #anonymous(text: string): string {
    let known = text
    for (const [name, id] of this.#kept) {
      // Experiments' ids are so short that they stand in other texts too.
      if (id.length >= 8) known = known.replaceAll(id, `<${name}>`)
    }
    return known
      .replace(/\b[0-9a-f]{32}\b/g, '<id>')
      .replace(/^mlflow-artifacts:\/\d+/, 'mlflow-artifacts:/<experiment>')
      .replace(/^20\d\d-\d\d-\d\dT.*Z$/, (time) =>
        Math.abs(Date.parse(time) - Date.now()) < 3_600_000 ? '<now>' : time,
      )
  }
}

/** Pages' tokens, what only MLflow's newest server adds, and the marks that each server leaves on traces. */
const ofOneServer = [
  'next_page_token',
  'sqlstate',
  'error_class',
  'workspace',
  'mlflow.trace.infoFinalized',
  'mlflow.trace.spansLocation',
]

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined
}

/** Protobuf leaves empty lists and messages out. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** Lists of tags, params and metrics have no order. */
function byKey(a: unknown, b: unknown): number {
  return String(member(a, 'key')).localeCompare(String(member(b, 'key')))
}

/** Every value of a name, in the order in which they stand. */
function valuesOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner] : valuesOf(inner, name)))
}
