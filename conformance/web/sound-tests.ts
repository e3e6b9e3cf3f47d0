import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type HeardPages, heardSound, listenToPage, ofSound } from './heard-sound.ts'
import {
  createExperiment,
  type SentConversation,
  sendConversation,
  supportCall,
} from './sample-conversation.ts'
import { agentHertz, callPages, userHertz } from './sample-sound.ts'
import { readJson } from './web-under-test.ts'

const recordingsAnswer = z.object({ recordings: z.array(z.record(z.string(), z.unknown())) })

const traceAnswer = z.object({
  spans: z.array(
    z.object({ name: z.string(), startTimeUnixNano: z.string(), endTimeUnixNano: z.string().nullable() }),
  ),
})

/** A conversation that is heard and seen on one axis. */
export function soundTests(web: HeardPages): void {
  describe('a conversation with sound', () => {
    let callsId: string
    let call: SentConversation
    let pages: Buffer[]
    let recordingPath: string
    let lengthSeconds: number
    let turnEndsSeconds: number[]

    beforeAll(async () => {
      const startMs = Date.now() - 90_000
      callsId = await createExperiment(web.url(), 'calls with sound')
      call = await sendConversation(web.url(), callsId, { startMs, turns: supportCall.slice(0, 3) })
      const { spans } = traceAnswer.parse(await readJson(`${web.url()}/api/voxtrace/traces/${call.traceId}`))
      lengthSeconds = (call.endMs - startMs) / 1000
      turnEndsSeconds = spans.flatMap(({ name, endTimeUnixNano }) =>
        name === 'turn' ? [(Number(BigInt(endTimeUnixNano ?? 0) / 1_000_000n) - startMs) / 1000] : [],
      )
      pages = callPages(spans, startMs, call.endMs)
      recordingPath = `${web.url()}/api/voxtrace/traces/${call.traceId}/recordings/call`
      await put(
        pages.slice(0, 20),
        0,
        `&start_time_unix_nano=${BigInt(startMs) * 1_000_000n}&channels=user,agent`,
      )
    })

    async function put(part: Buffer[], offset: number, facts = ''): Promise<void> {
      const answer = await fetch(`${recordingPath}/chunks?offset=${offset}${facts}`, {
        method: 'POST',
        headers: { 'content-type': 'audio/ogg' },
        body: new Uint8Array(Buffer.concat(part)),
      })
      expect(answer.status).toBe(200)
    }

    async function listen(query: string): Promise<Page> {
      const page = await web.open(`/traces/${call.traceId}${query}`, listenToPage)
      await page.getByRole('button', { name: 'Play' }).waitFor()
      return page
    }

    const hears = (page: Page, channel: number, hertz: number) =>
      vi.waitFor(
        async () => {
          const heard = await heardSound(page)
          expect(heard?.hertz[channel]).toBeCloseTo(hertz, -1.2)
          expect(heard?.decibels[channel]).toBeGreaterThan(-40)
          expect(heard?.decibels[1 - channel]).toBeLessThan(-60)
        },
        { timeout: 60_000, interval: 50 },
      )

    /** Clicks at each moment, once the sound is here, and hears it without a request for it. */
    async function findsMomentsHere(
      page: Page,
      moments: [seconds: number, channel: number, hertz: number][],
    ) {
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      await page.keyboard.press('Space')
      await vi.waitFor(
        async () => {
          await page.keyboard.press('ArrowRight')
          expect((await heardSound(page))?.isHere).toBe(true)
        },
        { timeout: 60_000, interval: 200 },
      )
      asked.length = 0
      const lane = page.locator('.voice-lane .axis').first()
      const { width } = (await lane.boundingBox()) ?? { width: 0 }
      for (const [seconds, channel, hertz] of moments) {
        await lane.click({ position: { x: (width * seconds) / lengthSeconds, y: 5 } })
        await hears(page, channel, hertz)
      }
      expect(asked.filter((address) => address.includes('/audio'))).toEqual([])
    }

    it('plays each voice where its spans stand, and links to the moment', async () => {
      // The user of the first turn speaks from 2.6 s to 6.9 s, the agent from 8.1 s on.
      const page = await listen('?t=3.5')
      await page.keyboard.press('Space')
      await hears(page, 0, userHertz)
      await page.keyboard.press('Space')
      await page.waitForFunction(() => new URLSearchParams(location.search).get('t') !== '3.5')
      const needle = Number(new URL(page.url()).searchParams.get('t'))
      expect(Math.abs(((await heardSound(page))?.atSeconds ?? 0) - needle)).toBeLessThan(0.02)
      const sentence = page.locator('.sentence', { hasText: 'The default timeout is sixty seconds.' })
      await vi.waitFor(
        async () => {
          await sentence.click()
          expect(await sentence.getAttribute('class')).toContain('heard')
        },
        { timeout: 60_000, interval: 500 },
      )
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, 1, agentHertz)
    })

    it('draws each voice where it sounds', async () => {
      const page = await listen('')
      const loudAt = (lane: number, seconds: number) =>
        page.evaluate(
          ([lane, seconds, total]) => {
            const canvas = document.querySelectorAll<HTMLCanvasElement>('.voice-lane .waveform')[lane]
            const context = canvas?.getContext('2d')
            if (!canvas || !context) return null
            const column = context.getImageData(
              Math.round((seconds / total) * canvas.width),
              0,
              1,
              canvas.height,
            ).data
            return column.filter((value, index) => index % 4 === 3 && value > 0).length > canvas.height / 4
          },
          [lane, seconds, lengthSeconds] as const,
        )
      await vi.waitFor(
        async () => expect([await loudAt(0, 5), await loudAt(1, 5)]).toEqual([true, false]),
        60_000,
      )
      expect([await loudAt(0, 10), await loudAt(1, 10)]).toEqual([false, true])
      expect([await loudAt(0, 7.5), await loudAt(1, 7.5)]).toEqual([false, false])
    })

    it('goes to the next problem and through silence, by keys', async () => {
      const page = await listen('?t=1')
      await page.keyboard.press('p')
      await page.waitForURL(`**span=${call.turnSpanIds[2]}**`)
      // From 6.9 s to 8.1 s nobody speaks.
      await page.goto(`${web.url()}/traces/${call.traceId}?t=8`)
      await page.getByRole('button', { name: 'Skip silence' }).click()
      await page.keyboard.press('ArrowLeft')
      await page.waitForFunction(() => new URLSearchParams(location.search).get('t') === '7.00')
      await page.keyboard.press('Space')
      await hears(page, 1, agentHertz)
      const setTo = (await heardSound(page))?.setTo ?? []
      expect(setTo.some((seconds) => seconds > 7.8 && seconds < 8.1)).toBe(true)
    })

    it('has all ways of playing in reach of a thumb on a phone', async () => {
      const page = await listen('?t=7')
      await page.setViewportSize({ width: 390, height: 844 })
      await page.getByRole('button', { name: 'Follow', pressed: true }).click()
      await page.getByRole('button', { name: 'Follow', pressed: false }).waitFor()
      await page.getByRole('button', { name: 'Skip silence' }).click()
      await page.getByRole('button', { name: 'Skip silence', pressed: true }).waitFor()
      const heights = await page
        .getByRole('toolbar', { name: 'Playback' })
        .getByRole('button')
        .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height))
      expect(heights).toEqual(heights.map(() => 44))
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    })

    it('finds any moment of what has come of a call that still goes on without asking the server again', async () => {
      const page = await listen('?t=1')
      await findsMomentsHere(page, [
        [9, 1, agentHertz],
        [4, 0, userHertz],
      ])
    })

    it('goes on playing when more of the call arrives', async () => {
      const stored = Buffer.concat(pages.slice(0, 20))
      const page = await listen('?t=16')
      await page.keyboard.press('Space')
      await put(pages.slice(20), stored.length, '&complete=true')
      await vi.waitFor(async () => expect((await heardSound(page))?.atSeconds).toBeGreaterThan(21), {
        timeout: 60_000,
        interval: 100,
      })
      await page.keyboard.press('Space')
    })

    it('finds any moment of a recording that has ended without asking the server again', async () => {
      const page = await listen('?t=1')
      await findsMomentsHere(page, [
        [21, 1, agentHertz],
        [4, 0, userHertz],
      ])
    })

    it('lets a reviewer hear the turn and the answer alone, by keys', async () => {
      const [, turn] = call.turnSpanIds
      const page = await web.open(`/experiments/${callsId}/review?at=${call.traceId}.${turn}`, listenToPage)
      await page.getByLabel('Your name').fill('Ada')
      await page.getByRole('button', { name: 'Begin' }).click()
      await page.getByRole('button', { name: /Hear the turn/ }).waitFor()
      await page.keyboard.press('Space')
      await hears(page, 0, userHertz)
      await page.keyboard.press('a')
      await hears(page, 1, agentHertz)
      await page.getByRole('button', { name: /Hear the turn/ }).waitFor()
      const ended = await heardSound(page)
      expect([ended?.paused, ended?.atSeconds]).toEqual([true, expect.closeTo(turnEndsSeconds[1] ?? 0, 1)])
    })

    it('skips silence and stops where it is to stop in a tab that nobody sees', async () => {
      const page = await listen(`?span=${call.turnSpanIds[0]}&t=6`)
      await page.evaluate(() => {
        // As in a tab that is hidden.
        window.requestAnimationFrame = () => 0
      })
      await page.keyboard.press('g')
      await page.keyboard.press('Enter')
      await hears(page, 1, agentHertz)
      expect((await heardSound(page))?.setTo.some((seconds) => seconds > 7.8 && seconds < 8.1)).toBe(true)
      await page.getByRole('button', { name: 'Play' }).waitFor()
      expect((await heardSound(page))?.atSeconds).toBeCloseTo(turnEndsSeconds[0] ?? 0, 1)
    })

    it('follows keys of the keyboard and of headphones, which pause the sound itself', async () => {
      const page = await listen('?t=3')
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, 0, userHertz)
      await ofSound(page, 'pause')
      await page.getByRole('button', { name: 'Play' }).waitFor()
      expect((await heardSound(page))?.paused).toBe(true)
      await ofSound(page, 'play')
      await page.getByRole('button', { name: 'Pause' }).waitFor()
      await hears(page, 0, userHertz)
    })

    it('gives the words, the sound of a span, and the trace away', async () => {
      const page = await listen(`?span=${call.turnSpanIds[0]}`)
      const take = async (name: RegExp) => {
        await page.getByRole('button', { name: 'Export' }).click()
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.locator('.export-menu').getByText(name).click(),
        ])
        return readFile(await download.path())
      }
      expect(String(await take(/Transcript/))).toMatch(
        /Turn 1 \(0:03, voice to voice 1,240 ms\)\nUser: Hi, my function/,
      )
      const clip = await take(/Sound of the selected/)
      expect(clip.toString('latin1', 0, 4)).toBe('RIFF')
      expect(JSON.parse(String(await take(/Trace/))).info.traceId).toBe(call.traceId)
    })

    it('says why nothing sounds while the server is away, and plays when it is asked again', async () => {
      const page = await web.open(`/traces/${call.traceId}?t=3.5`, async (page) => {
        await listenToPage(page)
        await page.route('**/audio?*', (route) => route.abort())
      })
      await page.getByRole('button', { name: 'Play' }).click()
      await page.getByRole('alert').filter({ hasText: 'Is the server running?' }).waitFor()
      await page.unroute('**/audio?*')
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, 0, userHertz)
    })

    /** A conversation of two turns whose recording has ended; gives the trace and where the recording is. */
    async function recorded(): Promise<{ traceId: string; path: string }> {
      const startMs = Date.now() - 90_000
      const turns = supportCall.slice(0, 2)
      const { traceId } = await sendConversation(web.url(), callsId, { startMs, turns })
      const path = `${web.url()}/api/voxtrace/traces/${traceId}/recordings/call`
      const facts = `start_time_unix_nano=${BigInt(startMs) * 1_000_000n}&channels=user,agent`
      const answer = await fetch(`${path}?${facts}`, {
        method: 'PUT',
        headers: { 'content-type': 'audio/ogg' },
        body: new Uint8Array(Buffer.concat(pages)),
      })
      expect(answer.status).toBe(200)
      return { traceId, path }
    }

    it('plays when it is asked to before anybody knows how long it is', async () => {
      const { traceId } = await recorded()
      const asked = Promise.withResolvers<void>()
      const page = await web.open(`/traces/${traceId}?t=3.5`, async (page) => {
        await listenToPage(page)
        await page.route('**/recordings', async (route) => {
          const response = await route.fetch()
          const { recordings } = recordingsAnswer.parse(await response.json())
          const unread = recordings.map((recording) => ({ ...recording, durationMs: null }))
          await route.fulfill({ response, json: { recordings: unread } })
        })
        await page.route('**/audio?*', async (route) => {
          await asked.promise
          await route.continue()
        })
      })
      await page.getByRole('button', { name: 'Play' }).click()
      asked.resolve()
      await hears(page, 0, userHertz)
    })

    it.each([
      { what: 'the recording', says: 'The recording has been deleted' },
      { what: 'the trace', says: 'This trace has been deleted' },
    ])('stops and says so when $what is deleted while it is heard', async ({ what, says }) => {
      const { traceId, path } = await recorded()
      const page = await web.open(`/traces/${traceId}?t=3`, listenToPage)
      await page.getByRole('button', { name: 'Play' }).click()
      await hears(page, 0, userHertz)
      if (what === 'the trace') await deleteTraces(web.url(), callsId, [traceId])
      else await fetch(path, { method: 'DELETE' })
      await page.getByText(says, { exact: true }).waitFor()
      await expect.poll(async () => (await heardSound(page))?.paused).toBe(true)
    })

    it('needs no recording: who spoke when is drawn from the spans', async () => {
      const silent = await sendConversation(web.url(), callsId, {
        startMs: Date.now() - 80_000,
        turns: supportCall.slice(0, 2),
      })
      const page = await web.open(`/traces/${silent.traceId}`)
      await page.getByText('No recording', { exact: true }).waitFor()
      expect(await page.locator('.voice-lane .spoken').count()).toBe(4)
      expect(await page.locator('.placed-gap').count()).toBe(2)
      await page.getByRole('link', { name: 'Compare' }).click()
      await page.getByRole('link', { name: /3 turns/ }).click()
      await page.getByRole('region', { name: 'Turn 3' }).getByText('no such turn').waitFor()
      expect(await page.locator('.figure').filter({ hasText: 'slowest' }).textContent()).toMatch(
        /1,240 ms2,724 ms/,
      )
    })
  })
}

async function deleteTraces(url: string, experimentId: string, traceIds: string[]): Promise<void> {
  const answer = await fetch(`${url}/api/3.0/mlflow/traces/delete-traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_id: experimentId, request_ids: traceIds }),
  })
  expect(answer.status).toBe(200)
}
