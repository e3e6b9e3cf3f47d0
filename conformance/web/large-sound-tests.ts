import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { opusPackets, webmFile } from '../../packages/server/src/sound/test-sound.ts'
import { type HeardPages, heardSound, listenToPage } from './heard-sound.ts'
import { createExperiment, sendConversation, supportCall } from './sample-conversation.ts'
import { readJson } from './web-under-test.ts'

const recording = z.looseObject({ sizeBytes: z.number(), cues: z.number() })
const recordingsAnswer = z.object({ recordings: z.array(recording) })

const seconds = 28
const hertzAt = (second: number) => (second < seconds / 2 ? 440 : 880)

/** A recording of WebM that says of itself that it is much larger than it is. */
export function largeSoundTests(web: HeardPages): void {
  describe('a large recording', () => {
    let traceId: string

    beforeAll(async () => {
      const startMs = Date.now() - 90_000
      const experimentId = await createExperiment(web.url(), 'calls with large sound')
      const turns = supportCall.slice(0, 2)
      traceId = (await sendConversation(web.url(), experimentId, { startMs, turns })).traceId
      const path = `${web.url()}/api/voxtrace/traces/${traceId}/recordings/call`
      const voice = Float32Array.from(
        { length: seconds * 48_000 },
        (_, index) => 0.4 * Math.sin((2 * Math.PI * hertzAt(index / 48_000) * index) / 48_000),
      )
      const facts = `start_time_unix_nano=${BigInt(startMs) * 1_000_000n}&channels=user,agent`
      const answer = await fetch(`${path}?${facts}`, {
        method: 'PUT',
        headers: { 'content-type': 'audio/webm' },
        body: new Uint8Array(webmFile(opusPackets([voice, voice]), 2)),
      })
      expect(answer.status).toBe(200)
      await vi.waitFor(async () => expect(recording.parse(await readJson(path)).cues).toBe(6), 60_000)
    })

    /** The page of a recording of so many bytes, and what it has asked for of its sound since. */
    async function listen(sizeBytes: number) {
      const asked: { how: string; url: string }[] = []
      const page = await web.open(`/traces/${traceId}?t=2`, async (page) => {
        await listenToPage(page)
        await page.route('**/recordings', async (route) => {
          const response = await route.fetch()
          const { recordings } = recordingsAnswer.parse(await response.json())
          await route.fulfill({
            response,
            json: { recordings: recordings.map((recording) => ({ ...recording, sizeBytes })) },
          })
        })
        page.on('request', (request) => {
          if (request.url().includes('/audio'))
            asked.push({ how: request.resourceType(), url: request.url() })
        })
      })
      await vi.waitFor(() => expect(asked.map(({ how }) => how)).toContain('media'), 60_000)
      return { page, asked, fetches: () => asked.filter(({ how }) => how === 'fetch').length }
    }

    const hears = (page: Page, hertz: number) =>
      vi.waitFor(async () => expect((await heardSound(page))?.hertz[0]).toBeCloseTo(hertz, -1.2), {
        timeout: 60_000,
        interval: 50,
      })

    it.each([
      { bytes: 64 * 1024 ** 2, unasked: 1, heard: 1 },
      { bytes: 64 * 1024 ** 2 + 1, unasked: 0, heard: 1 },
      { bytes: 512 * 1024 ** 2, unasked: 0, heard: 1 },
      { bytes: 512 * 1024 ** 2 + 1, unasked: 0, heard: 0 },
    ])(
      'of $bytes bytes is fetched whole $unasked times unasked, and $heard times when somebody listens',
      async ({ bytes, unasked, heard }) => {
        const { page, fetches } = await listen(bytes)
        await expect.poll(fetches).toBe(unasked)
        await page.getByRole('button', { name: 'Play' }).click()
        await hears(page, hertzAt(2))
        await expect.poll(fetches).toBe(heard)
      },
    )

    it('that is not fetched is played from any moment by its cues', async () => {
      const { page, asked } = await listen(600 * 1024 ** 2)
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, hertzAt(2))
      await page.goto(`${web.url()}/traces/${traceId}?t=${seconds - 3}`)
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, hertzAt(seconds - 3))
      expect(asked.every(({ url }) => url.includes('&cues=6'))).toBe(true)
    })
  })
}
