import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Embedder, loadEmbedder } from '@voxtrace/language'
import { ChromaClient } from 'chromadb'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openKnowledge } from './open-knowledge.ts'

const chroma = process.env.VOXTRACE_CHROMA
const log = { debug() {}, info() {}, warn() {}, error() {} }
const animals = '# Cats\nA cat sleeps most of the day.\n# Horses\nHorses carry riders over long distances.'

test('a ChromaDB server that does not answer is told of at the start', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-chroma-'))
  await writeFile(join(directory, 'a.md'), animals)
  const embedder: Embedder = { model: 'none', dimensions: 3, embed: async () => [], close: async () => {} }
  const open = (chromaUrl: string) =>
    openKnowledge({ source: directory, cacheDirectory: join(directory, 'cache'), embedder, chromaUrl, log })
  await expect(open('http://127.0.0.1:9')).rejects.toThrow(
    /The ChromaDB server at .* failed: .*Check that it runs/s,
  )
  await expect(open('chroma')).rejects.toThrow('The ChromaDB URL chroma is not valid')
  await rm(directory, { recursive: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

describe.skipIf(!chroma)(
  'knowledge in ChromaDB (set VOXTRACE_CHROMA to the chroma command or its virtual environment)',
  () => {
    let server: ChildProcess
    let directory: string
    let url: string
    let port: number
    let embedder: Embedder

    async function startServer() {
      const given = chroma ?? ''
      const command = (await stat(given).catch(() => null))?.isDirectory() ? join(given, 'bin/chroma') : given
      const args = ['run', '--host', '127.0.0.1', '--port', String(port), '--path', join(directory, 'chroma')]
      server = spawn(command, args, { stdio: 'ignore' })
      const client = new ChromaClient({ host: '127.0.0.1', port })
      await vi.waitFor(() => client.heartbeat(), { timeout: 60_000, interval: 100 })
    }

    async function stopServer() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGKILL')
      await ended
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'voxtrace-chroma-'))
      port = await freePort()
      url = `http://127.0.0.1:${port}`
      embedder = await loadEmbedder()
      await writeFile(join(directory, 'a.md'), animals)
      await startServer()
    })
    afterAll(async () => {
      await stopServer()
      await embedder.close()
      await rm(directory, { recursive: true, force: true })
    })

    const open = (chromaUrl?: string) =>
      openKnowledge({
        source: join(directory, 'a.md'),
        cacheDirectory: join(directory, 'cache'),
        embedder,
        chromaUrl,
        log,
      })

    test('is found as in memory', async () => {
      const [there, here] = await Promise.all([open(url), open()])
      await Promise.all([there.ready, here.ready])
      const question = 'which pet naps a lot?'
      const [inChroma, inMemory] = await Promise.all([there.search(question, 2), here.search(question, 2)])
      expect(inChroma.map(({ title }) => title)).toEqual(['Cats', 'Horses'])
      expect(inMemory.map(({ title }) => title)).toEqual(['Cats', 'Horses'])
      for (const [i, { score }] of inChroma.entries()) expect(score).toBeCloseTo(inMemory[i]?.score ?? 0, 4)
      await Promise.all([there.close(), here.close()])
    })

    test('gets only what changed, and loses what is gone', async () => {
      await writeFile(
        join(directory, 'a.md'),
        animals.replace('Horses carry riders over long distances.', 'Horses eat hay.'),
      )
      const knowledge = await open(url)
      await knowledge.ready
      const client = new ChromaClient({ host: '127.0.0.1', port })
      const [collection] = await client.listCollections()
      const kept = await collection?.get()
      expect(kept?.documents.toSorted()).toEqual(['A cat sleeps most of the day.', 'Horses eat hay.'])
      expect((await knowledge.search('what do horses eat', 1))[0]?.text).toBe('Horses eat hay.')
      await knowledge.close()
    })

    test('fails the query, and no later one, while the server is down', async () => {
      const knowledge = await open(url)
      await knowledge.ready
      await stopServer()
      await expect(knowledge.search('cats', 1)).rejects.toThrow(/The ChromaDB server at .* failed/)
      await startServer()
      expect((await knowledge.search('cats', 1))[0]?.title).toBe('Cats')
      await knowledge.close()
    })
  },
)
