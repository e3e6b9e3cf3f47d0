import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { conversationSpans } from './testing/conversation-spans.ts'
import { goodTurn, JudgedDatabase } from './testing/judged-database.ts'
import { reply, startModelServer, verdictText } from './testing/model-server.ts'

test('a judge that is killed in the middle has its missing work done once more', async () => {
  const database = await JudgedDatabase.create()
  const server = await startModelServer((_, response, call) => {
    if (call <= 2) reply(response, { content: verdictText(4) })
  })
  const tree = conversationSpans([goodTurn(1)])
  await database.record(tree)
  const child = spawn(
    process.execPath,
    [
      '--conditions=@voxtrace/source',
      fileURLToPath(new URL('./testing/judge-process.ts', import.meta.url)),
      database.databaseUrl,
      server.baseUrl,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await vi.waitFor(async () => expect(await database.assessmentsOf(tree)).toHaveLength(2), {
    timeout: 20_000,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await database.passMinute()
  server.behave((_, response) => reply(response, { content: verdictText(2) }))
  const asked = server.requests.length
  await database.startJudge(server)
  const after = await database.judged(tree, 5, 60_000)
  expect(after.map(({ value }) => value).sort()).toEqual([2, 2, 2, 4, 4])
  expect(server.requests.length - asked).toBe(3)
  for (const assessment of after) expect(await database.history(assessment.name)).toHaveLength(1)
  await database.close()
  await server.close()
}, 90_000)
