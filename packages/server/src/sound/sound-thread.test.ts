import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** In a process of its own, as this one has loaded the decoder already. */
const program = `
  import { SoundThread } from '${new URL('./sound-thread.ts', import.meta.url)}'
  const thread = new SoundThread()
  const request = { wanted: 'samples', contentType: 'audio/wav', channels: 1, before: 0, state: null }
  await thread.read({ ...request, bytes: new Uint8Array(100) })
  await thread.close()
  console.log('closed')
`

test('a thread that has read sound is closed without taking the process with it', async () => {
  const flags = ['--conditions=@voxtrace/source', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  expect(stdout).toBe('closed\n')
})
