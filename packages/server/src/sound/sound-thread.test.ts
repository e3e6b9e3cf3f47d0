import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const module = (name: string) => new URL(name, import.meta.url)

/** Runs a program in a process of its own, as this one has loaded the decoder already; gives what it printed. */
async function run(program: string): Promise<string> {
  const flags = ['--conditions=@voxtrace/source', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  return stdout
}

test('a thread that has read sound is closed without taking the process with it', async () => {
  const printed = await run(`
    import { SoundThread } from '${module('./sound-thread.ts')}'
    const thread = new SoundThread()
    const request = { wanted: 'samples', contentType: 'audio/wav', channels: 1, before: 0, state: null }
    await thread.read({ ...request, bytes: new Uint8Array(100) })
    await thread.close()
    console.log('closed')
  `)
  expect(printed).toBe('closed\n')
})

test('a thread is closed in the middle of its work, and leaves what is still asked for', async () => {
  const printed = await run(`
    import { setTimeout as sleep } from 'node:timers/promises'
    import { SoundThread } from '${module('./sound-thread.ts')}'
    import { oggPages, opusPackets, twoVoices } from '${module('./test-sound.ts')}'
    const bytes = Buffer.concat(oggPages(opusPackets(twoVoices(48_000)), 2))
    const request = { wanted: 'envelope', contentType: 'audio/ogg', channels: 2, before: 0, state: null, bytes }
    const failures = []
    for (let round = 0; round < 10; round++) {
      const thread = new SoundThread()
      await thread.read(request)
      for (let more = 0; more < 8; more++) thread.read(request).catch(({ message }) => failures.push(message))
      await sleep(round / 2)
      await thread.close()
    }
    console.log([...new Set(failures)].join())
  `)
  expect(printed).toBe('The server is stopping.\n')
})
