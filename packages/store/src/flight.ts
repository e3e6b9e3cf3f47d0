import pg from 'pg'

type Answer = pg.QueryResult | pg.QueryResult[]

/** A statement as `pg` submits it. When it is answered it emits `end` with the answer, or `error`. */
export interface Member extends pg.Submittable {
  once(event: 'end', listener: (answer: Answer) => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
}

/** A statement, or, without values, several in one text. */
export function statement(config: pg.QueryConfig): Member {
  return new pg.Query(config)
}

/**
 * Sends statements in one write, not each after the answer to the one before; the server answers them in order. Inside a
 * transaction a statement behind one that failed fails too, so the first failure is the one that is thrown.
 */
export async function sendTogether(client: pg.ClientBase, members: Member[]): Promise<Answer[]> {
  const submits = members.map((member) => member.submit.bind(member))
  const answers = members.map(
    (member, index) =>
      new Promise<Answer>((resolve, reject) => {
        // `pg` has one statement in hand at a time. The others take over its answers when their turn comes, and are on
        // their way by then.
        const next = members[index + 1]
        const proceed = () => {
          if (next !== undefined) client.query(next)
        }
        member.once('end', (answer) => {
          proceed()
          resolve(answer)
        })
        member.once('error', (error) => {
          proceed()
          reject(error)
        })
        member.submit = (connection) => {
          if (index > 0) return
          connection.stream.cork()
          for (const submit of submits) submit(connection)
          connection.stream.uncork()
        }
      }),
  )
  const [first] = members
  if (first !== undefined) client.query(first)
  const settled = await Promise.allSettled(answers)
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
}
