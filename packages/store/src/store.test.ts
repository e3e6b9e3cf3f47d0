import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { openStore } from './store.ts'
import { createTestDatabase, silentLog, type TestDatabase } from './testing.ts'

const databases: TestDatabase[] = []
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase()
  databases.push(database)
  const client = new pg.Client({ connectionString: database.databaseUrl })
  await client.connect()
  await client.query('DROP SCHEMA public CASCADE; DROP SCHEMA pgboss CASCADE; CREATE SCHEMA public')
  await client.end()
  return database.databaseUrl
}

describe('opening the store', () => {
  test('makes the schema once when several servers start at the same time', async () => {
    const databaseUrl = await emptyDatabase()
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openStore({ databaseUrl, log: silentLog })),
    )
    expect((await stores[0]?.experiments.get('0'))?.name).toBe('Default')
    await Promise.all(stores.map((store) => store.close()))
  })

  test('refuses a database of a newer Voxtrace', async () => {
    const database = await createTestDatabase()
    databases.push(database)
    const client = new pg.Client({ connectionString: database.databaseUrl })
    await client.connect()
    await client.query("INSERT INTO schema_migrations (version, name) VALUES (900, 'from_the_future')")
    await client.end()
    await expect(openStore({ databaseUrl: database.databaseUrl, log: silentLog })).rejects.toThrow(
      /made by a newer Voxtrace .*from_the_future/,
    )
  })

  test('says what is wrong with the address, the credentials and the database, and never shows the password', async () => {
    const database = await createTestDatabase()
    databases.push(database)
    const opened = (change: (url: URL) => void) => {
      const url = new URL(database.databaseUrl)
      change(url)
      return openStore({ databaseUrl: url.href, log: silentLog }).catch((error: Error) => error.message)
    }
    expect(await opened((url) => (url.port = '9'))).toMatch(
      /PostgreSQL at 127\.0\.0\.1:9\/.* cannot be reached/,
    )
    const refused = await opened((url) => (url.password = 'opensesame'))
    expect(refused).toMatch(/refused the user or password/)
    expect(refused).not.toMatch('opensesame')
    expect(await opened((url) => (url.pathname = '/nowhere'))).toMatch(
      /has no such database\. Create it first/,
    )
    expect(
      await openStore({ databaseUrl: 'mysql://x', log: silentLog }).catch((error: Error) => error.message),
    ).toMatch(/must begin with postgresql:\/\//)
  })
})
