import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PagesUnderTest } from './web-under-test.ts'

const offerBody = z.object({ sdp: z.string(), pc_id: z.string().nullable() })
const candidatesBody = z.object({ candidates: z.array(z.unknown()) })

/** Whether the process of the bot lives: `stalled` is one that answers nothing for a while, and then all of it. */
interface Life {
  is: 'up' | 'down' | 'stalled'
  /** How often somebody asked whether a call is known still. */
  asked: number
}

/** What a caller is told when something goes wrong in a call. The other end is a page that answers by real WebRTC. */
export function talkTests(web: PagesUnderTest): void {
  /** Opens the page to talk at, with another page in the place of the bot. */
  async function openCall(): Promise<{
    page: Page
    restartBot(): Promise<void>
    say(message: object): Promise<void>
    /** Sends sound, or none, on the connections that stand. */
    sendSound(isOn: boolean): Promise<void>
    life: Life
  }> {
    const page = await web.open('/connect')
    let bot = await page.context().newPage()
    let calls = 0
    const known = new Set<string>()
    const life: Life = { is: 'up', asked: 0 }
    await page.route('**/bot/api/offer', async (route) => {
      const isOffer = route.request().method() === 'POST'
      const body = route.request().postDataJSON()
      if (!isOffer && candidatesBody.parse(body).candidates.length === 0) life.asked++
      while (life.is === 'stalled') await new Promise((resolve) => setTimeout(resolve, 20))
      if (life.is === 'down')
        return route.fulfill({ status: 503, json: { error_code: 'TEMPORARILY_UNAVAILABLE' } })
      if (!isOffer) return route.fulfill({ json: {} })
      const offer = offerBody.parse(body)
      if (await bot.evaluate(() => document.title === 'hung up')) known.clear()
      const callId = offer.pc_id !== null && known.has(offer.pc_id) ? offer.pc_id : `call-${++calls}`
      known.add(callId)
      const sdp = await bot.evaluate(answer, offer.sdp)
      return route.fulfill({ json: { sdp, type: 'answer', pc_id: callId } })
    })
    return {
      page,
      async restartBot() {
        await bot.close()
        known.clear()
        bot = await page.context().newPage()
      },
      say: (message) => bot.evaluate(send, JSON.stringify(message)),
      sendSound: (isOn) => bot.evaluate(sendSound, isOn),
      life,
    }
  }

  const heard = (text: string) => ({ type: 'bot-output', data: { text } })
  const conversation = (traceId: string) => ({
    type: 'server-message',
    data: { kind: 'conversation', traceId, runId: null, experimentId: null, sessionId: 's' },
  })

  describe('a call in which something goes wrong', () => {
    it('tells a caller whose bot went down that a new conversation has begun, and where the old one is', async () => {
      const { page, restartBot, say } = await openCall()
      await page.goto(`${web.url()}/talk`)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      await say(conversation('tr-before'))
      await say(heard('Words of the first.'))
      await page.getByText('Words of the first.').waitFor()
      await restartBot()
      await page.getByText('The call broke off').waitFor()
      const before = page.getByRole('link', { name: 'What was said before is in its trace.' })
      expect(await before.getAttribute('href')).toBe('/traces/tr-before')
      expect(await page.getByText('Words of the first.').count()).toBe(0)
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      await say(heard('Words of the second.'))
      await page.getByText('Words of the second.').waitFor()
    })

    /** A call in which sound of the bot has come. */
    async function heardCall() {
      const call = await openCall()
      await call.page.goto(`${web.url()}/talk`)
      await call.page.getByRole('button', { name: 'Connect' }).click()
      await call.page.getByRole('heading', { name: 'Listening' }).waitFor()
      await call.say(conversation('tr-before'))
      await call.say(heard('Words of the first.'))
      await call.page.getByText('Words of the first.').waitFor()
      return call
    }

    it('says that the bot does not answer when nothing comes and the bot is down, before the browser does', async () => {
      const { page, restartBot, sendSound, life } = await heardCall()
      life.is = 'down'
      await sendSound(false)
      await page.getByRole('heading', { name: 'The bot does not answer' }).waitFor()
      expect(await page.getByText('Words of the first.').count()).toBe(1)
      await restartBot()
      life.is = 'up'
      await page.getByText('The call broke off').waitFor()
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
    })

    it('goes on in the same conversation when the bot only stalled', async () => {
      const { page, sendSound, life } = await heardCall()
      life.is = 'stalled'
      await sendSound(false)
      await page.getByRole('heading', { name: 'The bot does not answer' }).waitFor()
      life.is = 'up'
      await sendSound(true)
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      expect(await page.getByText('Words of the first.').count()).toBe(1)
      expect(await page.getByText('The call broke off').count()).toBe(0)
    })

    it('does not take a network that loses sound for a bot that is down', async () => {
      const { page, sendSound, life } = await heardCall()
      const words: string[] = []
      await page.exposeFunction('shown', (word: string) => words.push(word))
      await page.evaluate(() => {
        const heading = document.querySelector('.talk-state h1')
        if (!heading) throw new Error('the page has no word for the state')
        new MutationObserver(() => Reflect.get(window, 'shown')(heading.textContent)).observe(heading, {
          childList: true,
          characterData: true,
          subtree: true,
        })
      })
      await sendSound(false)
      await expect.poll(() => life.asked).toBeGreaterThan(1)
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      expect(words).toEqual([])
    })

    it('takes a microphone into a call that began without, and says who hung up', async () => {
      const { page, say } = await openCall()
      await page.addInitScript(() => {
        let asked = 0
        navigator.mediaDevices.getUserMedia = async () => {
          asked += 1
          if (asked === 1) throw new DOMException('no', 'NotAllowedError')
          const context = new AudioContext()
          const tone = context.createOscillator()
          const microphone = context.createMediaStreamDestination()
          tone.connect(microphone)
          tone.start()
          return microphone.stream
        }
      })
      await page.goto(`${web.url()}/talk`)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('The microphone is blocked').waitFor()
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      await say(heard('Before the microphone.'))
      await page.getByText('Before the microphone.').waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('button', { name: 'Mute' }).waitFor()
      await page.getByRole('heading', { name: 'Listening' }).waitFor()
      expect(await page.getByText('The microphone is blocked').count()).toBe(0)
      expect(await page.getByText('Before the microphone.').count()).toBe(1)
      await say({ type: 'signalling', message: { type: 'peerLeft' } })
      await page.getByRole('heading', { name: 'The bot hung up' }).waitFor()
    })
  })
}

/** Answers an offer in a page, whose events `say` go out on the channel. */
async function answer(sdp: string): Promise<string> {
  const connection = new RTCPeerConnection()
  const name = String(performance.now())
  document.title = name
  connection.addEventListener('datachannel', ({ channel }) => {
    channel.addEventListener('close', () => {
      // As the bot has it: a channel that closes with no other in its place is a caller who hung up.
      if (document.title === name) document.title = 'hung up'
    })
    addEventListener('say', (event) => {
      if (event instanceof CustomEvent && channel.readyState === 'open') channel.send(event.detail)
    })
  })
  await connection.setRemoteDescription({ type: 'offer', sdp })
  const [transceiver] = connection.getTransceivers()
  const context = new AudioContext()
  const tone = context.createOscillator()
  const output = context.createMediaStreamDestination()
  tone.connect(output)
  tone.start()
  const [track = null] = output.stream.getTracks()
  if (transceiver) transceiver.direction = 'sendrecv'
  await transceiver?.sender.replaceTrack(track)
  addEventListener('sound', (event) => {
    if (event instanceof CustomEvent) void transceiver?.sender.replaceTrack(event.detail ? track : null)
  })
  await connection.setLocalDescription(await connection.createAnswer())
  await new Promise<void>((resolve) => {
    const look = () => connection.iceGatheringState === 'complete' && resolve()
    connection.addEventListener('icegatheringstatechange', look)
    look()
  })
  return connection.localDescription?.sdp ?? ''
}

function sendSound(isOn: boolean): void {
  dispatchEvent(new CustomEvent('sound', { detail: isOn }))
}

function send(message: string): void {
  dispatchEvent(new CustomEvent('say', { detail: message }))
}
