import { type Log, VoxtraceError } from '@voxtrace/model'
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely'
import pg from 'pg'
import { type BinaryRows, CopyIn } from './copy-in.ts'
import { databaseError, isConflictOfTransactions } from './database-errors.ts'
import { inTime, TooLate } from './deadline.ts'
import { type Member, sendTogether, statement } from './flight.ts'

/** Compiles `sql` templates to text and parameters; it never connects. */
const compiler = new Kysely<Record<never, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** Where statements run: the pool, or one transaction. */
export class Connection {
  readonly #run: (query: pg.QueryConfig) => Promise<pg.QueryResult | pg.QueryResult[]>

  constructor(run: (query: pg.QueryConfig) => Promise<pg.QueryResult | pg.QueryResult[]>) {
    this.#run = run
  }

  /** The rows of a statement. `bigint` columns arrive as numbers: times in nanoseconds must be selected as text. */
  async rows<Row>(statement: RawBuilder<Row>): Promise<Row[]> {
    const { sql, parameters } = statement.compile(compiler)
    return this.text<Row>(sql, [...parameters])
  }

  /** The number of rows that a statement changed. */
  async changes(statement: RawBuilder<unknown>): Promise<number> {
    const { sql, parameters } = statement.compile(compiler)
    try {
      const result = await this.#run({ text: sql, values: [...parameters] })
      return [result].flat().at(-1)?.rowCount ?? 0
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** The rows of a statement in plain text. Without parameters the text may hold several statements. */
  async text<Row>(text: string, values?: unknown[]): Promise<Row[]> {
    try {
      const result = await this.#run(values === undefined ? { text } : { text, values })
      return [result].flat().flatMap(({ rows }) => rows)
    } catch (error) {
      throw databaseError(error)
    }
  }
}

/** Rows to copy into a table, by a statement `COPY … FROM STDIN (FORMAT binary)`. */
export interface Copy {
  text: string
  rows: BinaryRows
}

/**
 * One transaction. Its BEGIN is sent together with its first statement, and its COMMIT with the last where that is
 * known, so that a short transaction waits for few answers.
 */
export class Transaction extends Connection {
  readonly #client: pg.PoolClient
  readonly #longestMs: number | null
  #state: 'not begun' | 'open' | 'ended' = 'not begun'

  constructor(client: pg.PoolClient, longestMs: number | null) {
    super(async (query) => {
      const [result] = await this.#send([statement(query)])
      return result ?? []
    })
    this.#client = client
    this.#longestMs = longestMs
  }

  /** The rows of each of several statements, which are sent together. */
  async rowsOfEach<Row>(statements: RawBuilder<Row>[]): Promise<Row[][]> {
    if (statements.length === 0) return []
    const members = statements.map((each) => {
      const { sql, parameters } = each.compile(compiler)
      return statement({ text: sql, values: [...parameters] })
    })
    const results = await this.#send(members).catch(rethrown)
    return results.map((result) => [result].flat().flatMap(({ rows }) => rows))
  }

  /** Copies rows into tables, one after the other. */
  async copyIn(copies: Copy[]): Promise<void> {
    await this.#send(copies.map(({ text, rows }) => new CopyIn(text, rows.finish()))).catch(rethrown)
  }

  /** Copies rows into tables and commits. Nothing may follow. `copied` is called when the rows are in and the commit is left. */
  async copyInAndCommit(copies: Copy[], copied: () => void): Promise<void> {
    const members = copies.map(({ text, rows }) => new CopyIn(text, rows.finish()))
    members.at(-1)?.once('end', copied)
    const sent = this.#send([...members, statement({ text: 'COMMIT' })])
    // When a copy fails, the COMMIT behind it rolls back.
    this.#state = 'ended'
    await sent.catch(rethrown)
  }

  async commit(): Promise<void> {
    if (this.#state === 'open') await this.text('COMMIT')
    this.#state = 'ended'
  }

  async rollback(): Promise<void> {
    if (this.#state === 'open') await inTime(this.#client.query('ROLLBACK'), this.#longestMs)
    this.#state = 'ended'
  }

  async #send(members: Member[]): Promise<(pg.QueryResult | pg.QueryResult[])[]> {
    const isBegun = this.#state === 'open'
    this.#state = 'open'
    const flight = isBegun ? members : [statement({ text: 'BEGIN' }), ...members]
    const results = await inTime(sendTogether(this.#client, flight), this.#longestMs)
    return isBegun ? results : results.slice(1)
  }
}

function rethrown(error: unknown): never {
  throw databaseError(error)
}

const transactionAttempts = 5

export interface DatabaseOptions {
  /** At most so many connections; 12 unless given. */
  connections?: number
  /** How long a statement may take before it is given up; null for ever. */
  longestMs: number | null
}

/** How long a request waits for a connection, while all are in use or none can be made. */
const longestConnectMs = 10_000

export class Database extends Connection {
  readonly #pool: pg.Pool
  readonly #longestMs: number | null

  private constructor(pool: pg.Pool, longestMs: number | null) {
    super((query) => this.#withClient((client) => inTime(client.query(query), longestMs)))
    this.#pool = pool
    this.#longestMs = longestMs
  }

  static open(databaseUrl: string, log: Log, { connections = 12, longestMs }: DatabaseOptions): Database {
    const pool = new pg.Pool({
      ...connectionSettings(databaseUrl),
      max: connections,
      connectionTimeoutMillis: Math.min(longestMs ?? longestConnectMs, longestConnectMs),
      // Before we give up, the database does: it would go on with a statement that nobody waits for.
      ...(longestMs === null ? {} : { statement_timeout: Math.ceil(longestMs * 0.9) }),
    })
    pool.on('error', (error) => log.warn('an idle database connection ended', { reason: error.message }))
    // A connection that has been given up may still say why it ends, when nobody holds it and the pool has let go of it.
    pool.on('connect', (client) =>
      client.on('error', (error) => log.debug('a database connection ended', { reason: error.message })),
    )
    return new Database(pool, longestMs)
  }

  /**
   * Runs `work` in one transaction. Where the database broke the transaction off because of another one (deadlock,
   * serialization), it is run again, so `work` must have no other effects.
   */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work)
      } catch (error) {
        if (attempt === transactionAttempts || !isConflictOfTransactions(error)) throw error
      }
    }
  }

  #attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#withClient(async (client) => {
      const transaction = new Transaction(client, this.#longestMs)
      try {
        const result = await work(transaction)
        await transaction.commit()
        return result
      } catch (error) {
        if (!(error instanceof TooLate)) {
          await transaction.rollback().catch((rollbackError: Error) => client.emit('error', rollbackError))
        }
        throw error
      }
    })
  }

  /** Hands a connection to `work`, and ends it afterwards where it has become useless. */
  async #withClient<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw databaseError(error)
    })
    let broken: Error | undefined
    const onError = (error: Error) => {
      broken = error
    }
    client.on('error', onError)
    try {
      return await work(client)
    } catch (error) {
      if (error instanceof TooLate) broken = error
      throw error
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

const int8 = 20

/** What every connection of ours is opened with. */
export function connectionSettings(databaseUrl: string): pg.ClientConfig {
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The database URL must begin with postgresql://, such as postgresql://user:password@host:5432/database.`,
    )
  }
  return {
    connectionString: databaseUrl,
    application_name: 'voxtrace',
    keepAlive: true,
    // What stands between may forget a connection that is silent for minutes, and tells nobody.
    keepAliveInitialDelayMillis: 30_000,
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === int8 ? Number : pg.types.getTypeParser(id, format),
    },
  }
}
