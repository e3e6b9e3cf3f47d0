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
  readonly #queryable: pg.Pool | pg.ClientBase

  constructor(queryable: pg.Pool | pg.ClientBase) {
    this.#queryable = queryable
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
      return (await this.#queryable.query(sql, [...parameters])).rowCount ?? 0
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** The rows of a statement in plain text. Without parameters the text may hold several statements. */
  async text<Row>(text: string, parameters?: unknown[]): Promise<Row[]> {
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await this.#queryable.query(text, parameters)
      return [result].flat().flatMap(({ rows }) => rows)
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** Copies rows into a table, by a statement `COPY … FROM STDIN (FORMAT binary)`. Only inside a transaction. */
  async copyIn(text: string, rows: BinaryRows): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (error: Error | null) => (error === null ? resolve() : reject(databaseError(error)))
      this.#queryable.query(new CopyIn(text, rows.finish(), settle))
    })
  }
}

const transactionAttempts = 5

export class Database extends Connection {
  readonly #pool: pg.Pool

  private constructor(pool: pg.Pool) {
    super(pool)
    this.#pool = pool
  }

  static open(databaseUrl: string, log: Log): Database {
    const pool = new pg.Pool({ ...connectionSettings(databaseUrl), max: 12, connectionTimeoutMillis: 10_000 })
    pool.on('error', (error) => log.warn('an idle database connection ended', { reason: error.message }))
    return new Database(pool)
  }

  /**
   * Runs `work` in one transaction. Where the database broke the transaction off because of another one (deadlock,
   * serialization), it is run again, so `work` must have no other effects.
   */
  async transaction<Result>(work: (transaction: Connection) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work)
      } catch (error) {
        if (attempt === transactionAttempts || !isConflictOfTransactions(error)) throw error
      }
    }
  }

  async #attempt<Result>(work: (transaction: Connection) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw databaseError(error)
    })
    let broken: Error | undefined
    const onError = (error: Error) => {
      broken = error
    }
    client.on('error', onError)
    const connection = new Connection(client)
    try {
      await connection.text('BEGIN')
      const result = await work(connection)
      await connection.text('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((rollbackError: Error) => {
        broken = rollbackError
      })
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
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === int8 ? Number : pg.types.getTypeParser(id, format),
    },
  }
}
