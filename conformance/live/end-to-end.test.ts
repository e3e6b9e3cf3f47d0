import { join } from 'node:path'
import { voxtrace as vocabulary } from '@voxtrace/model'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest'
import { chromiumPath, openBrowser } from '../../bench/caller/browser.ts'
import { type Clip, readClip, trimmed } from '../../bench/caller/clip.ts'
import { speakSynthetically } from '../../bench/caller/voices.ts'
import { heardOn, listen } from '../product/ears.ts'
import { giveMicrophone, microphoneFile, say } from '../product/mouth.ts'
import { type Product, startProduct } from '../product/product.ts'
import { loudnessDuring, recordingsOf } from '../product/recording-of-call.ts'
import {
  hasVoices,
  metricHistory,
  readTrace,
  type TraceOfCall,
  traceIdOnPage,
} from '../product/trace-of-call.ts'

const { attributes, spanNames } = vocabulary

const judges = ['answer_relevancy', 'coherence', 'faithfulness', 'retrieval_relevancy', 'tone'].map(
  (criterion) => `judge.${criterion}`,
)

/** One page, so that nothing is left to embed when the first caller comes; and few words before they may speak. */
const knowledge = join(import.meta.dirname, '../../docs/guide/questions.md')
const settings = ['--knowledge', knowledge, '--greeting', 'Hello, I am Voxtrace.']

/** A recording of a person, of Debian's package pocketsphinx-testdata. */
async function recording(name: string): Promise<Clip> {
  return trimmed(await readClip(`/usr/share/pocketsphinx/test/data/${name}`))
}

if (!chromiumPath())
  console.warn('Skipped: the end-to-end tests need Chromium; set VOXTRACE_CHROMIUM to its path.')
if (!hasVoices()) console.warn('Skipped: the end-to-end tests need espeak-ng and pocketsphinx-testdata.')

describe.skipIf(!chromiumPath() || !hasVoices())('talking to the bot in a browser', () => {
  let product: Product
  let browser: Browser | undefined

  beforeAll(async () => {
    browser = await openBrowser()
    product = await startProduct({ args: settings })
  })

  afterAll(async () => {
    await browser?.close()
  })

  /** The talk page of a browser of its own, which is closed when the test is over. */
  async function newPage({ onTestFinished }: TestContext, permissions: string[]): Promise<Page> {
    if (!browser) throw new Error('there is no browser')
    const context = await browser.newContext({ permissions })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await listen(page)
    return page
  }

  /** The talk page with a microphone of the test's, connected, after the greeting. */
  async function talkPage(context: TestContext): Promise<Page> {
    const page = await newPage(context, ['microphone'])
    await giveMicrophone(page)
    await connect(page)
    await greeted(page)
    return page
  }

  async function connect(page: Page): Promise<void> {
    await page.goto(`${product.url}/talk`)
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
  }

  async function greeted(page: Page): Promise<void> {
    await vi.waitFor(async () => expect((await heardOn(page)).audibleMs).toBeGreaterThan(500), {
      timeout: 60_000,
    })
    await quiet(page, 600)
  }

  /** Asks in writing, and waits until some of the answer was heard. */
  async function ask(page: Page, question: string): Promise<void> {
    // Of an answer that still goes on one could not tell when the next begins.
    await quiet(page)
    const before = (await heardOn(page)).audibleMs
    await page.getByRole('textbox', { name: 'Type instead of speaking' }).fill(question)
    await page.keyboard.press('Enter')
    await vi.waitFor(async () => expect((await heardOn(page)).audibleMs).toBeGreaterThan(before + 300), {
      timeout: 60_000,
    })
  }

  async function quiet(page: Page, forMs = 1500): Promise<void> {
    await vi.waitFor(async () => expect((await heardOn(page)).silentForMs).toBeGreaterThan(forMs), {
      timeout: 60_000,
      interval: 100,
    })
  }

  async function hangUp(page: Page): Promise<TraceOfCall> {
    const traceId = await traceIdOnPage(page)
    await page.getByRole('button', { name: 'End', exact: true }).click()
    return await vi.waitFor(
      async () => {
        const trace = await readTrace(product.url, traceId)
        expect(trace.info.state).toBe('OK')
        return trace
      },
      { timeout: 60_000, interval: 200 },
    )
  }

  /** The sound of the first turn lies on the trace: each voice in its channel while its span lasted. */
  async function expectSound(trace: TraceOfCall): Promise<void> {
    const { traceId } = trace.info
    const recording = await vi.waitFor(
      async () => {
        const [call] = await recordingsOf(product.url, traceId)
        expect(call).toMatchObject({
          contentType: 'audio/ogg',
          channels: ['user', 'agent'],
          complete: true,
        })
        if (!call) throw new Error('the trace has no sound')
        return call
      },
      { timeout: 60_000, interval: 200 },
    )
    const during = async (name: string) => {
      const span = trace.children(trace.turn(1)).find((child) => child.name === name)
      if (!span) throw new Error(`the turn has no ${name}`)
      return await loudnessDuring(product.url, traceId, recording, span)
    }
    const asked = await during(spanNames.userSpeech)
    expect(asked.user).toBeGreaterThan(300)
    expect(asked.agent).toBeLessThan(asked.user / 10)
    const answered = await during(spanNames.agentSpeech)
    expect(answered.agent).toBeGreaterThan(300)
    expect(answered.user).toBeLessThan(answered.agent / 2)
  }

  test.concurrent('a person asks, hears an answer, and finds the trace with every span, metric and score', async () => {
    const voice = await recording('goforward.raw')
    const own = await openBrowser([
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphoneFile(voice, 9000, 60_000)}%noloop`,
    ])
    try {
      const page = await own.newPage()
      await listen(page)
      await connect(page)

      const transcript = page.getByRole('log', { name: 'Live transcript' })
      await transcript.getByText(/go forward (ten|10) meters/i).waitFor({ timeout: 60_000 })
      const before = (await heardOn(page)).audibleMs
      await vi.waitFor(async () => expect((await heardOn(page)).audibleMs).toBeGreaterThan(before + 500), {
        timeout: 60_000,
      })
      const trace = await hangUp(page)

      const turn = trace.turn(1)
      expect(turn.attributes[attributes.turnUserText]).toMatch(/go forward (ten|10) meters/i)
      const children = trace.children(turn).map((span) => span.name)
      for (const name of [
        'userSpeech',
        'endOfUtterance',
        'speechToText',
        'ragRetrieval',
        'llmGeneration',
      ] as const)
        expect(
          children.filter((child) => child === spanNames[name]),
          spanNames[name],
        ).toHaveLength(1)
      expect(children).toContain(spanNames.textToSpeech)
      expect(children).toContain(spanNames.agentSpeech)

      const parts = Object.entries(turn.attributes).filter(([key]) =>
        key.startsWith(attributes.turnLatencyPrefix),
      )
      const sum = parts.reduce((total, [, value]) => total + Number(value), 0)
      expect(sum).toBeCloseTo(Number(turn.attributes[attributes.turnVoiceToVoiceMs]), 3)

      await expectSound(trace)

      const runId = trace.info.metadata['mlflow.sourceRun'] ?? ''
      for (const key of [
        attributes.llmTtftMs,
        attributes.llmPromptTokens,
        attributes.llmCompletionTokens,
        attributes.llmTotalTokens,
        attributes.ragRetrievalTimeMs,
        attributes.ragNumDocsRetrieved,
        attributes.sttLatencyMs,
        attributes.ttsTtfbMs,
        attributes.turnVoiceToVoiceMs,
        attributes.turnInterrupted,
      ])
        expect(await metricHistory(product.url, runId, key), key).toContainEqual(
          expect.objectContaining({ step: 1 }),
        )

      const scored = await vi.waitFor(
        async () => {
          const { info } = await readTrace(product.url, trace.info.traceId)
          expect(info.assessments.map(({ name }) => name).sort()).toEqual(judges)
          return info
        },
        { timeout: 60_000, interval: 200 },
      )
      for (const assessment of scored.assessments) {
        expect(assessment.spanId).toBe(turn.spanId)
        expect(assessment.source.type).toBe('CODE')
        expect(assessment.rationale).toBeTruthy()
      }
    } finally {
      await own.close()
    }
  })

  test.concurrent('an interruption stops the bot, and what was not spoken is in neither the history nor the trace', async (context) => {
    const page = await talkPage(context)
    await say(page, await speakSynthetically('Which spans does a turn have?', 'en-us'))
    const before = (await heardOn(page)).audibleMs
    await vi.waitFor(async () => expect((await heardOn(page)).audibleMs).toBeGreaterThan(before + 800), {
      timeout: 60_000,
      interval: 20,
    })
    await say(page, await speakSynthetically('Stop, please. Thank you very much.', 'en-gb'))
    await quiet(page)
    const trace = await hangUp(page)

    const interrupted = trace.turns().find((turn) => turn.attributes[attributes.turnInterrupted] === true)
    expect(interrupted, 'no turn is marked as interrupted').toBeDefined()
    const spoken = String(interrupted?.attributes[attributes.turnAgentText] ?? '')
    const generation = trace.children(interrupted).find((span) => span.name === spanNames.llmGeneration)
    const written = String(JSON.parse(String(generation?.attributes['mlflow.spanOutputs'])).response)
    expect(spoken.length).toBeLessThan(written.length)
    const next = trace.turns().at(-1)
    const history = trace.children(next).find((span) => span.name === spanNames.llmGeneration)
    expect(String(history?.attributes['mlflow.spanInputs'] ?? '')).not.toContain(written)
  })

  test('a bot that is killed in mid-conversation comes back, and no span of it stays open', async (context) => {
    const page = await talkPage(context)
    const traceId = await traceIdOnPage(page)
    const pid = product.servicePid('bot')
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(
      async () => {
        const trace = await readTrace(product.url, traceId)
        expect(trace.info.state).toBe('ERROR')
        expect(trace.spans.filter(({ endTimeUnixNano }) => endTimeUnixNano === null)).toEqual([])
      },
      { timeout: 60_000, interval: 500 },
    )
    await vi.waitFor(() => expect(product.servicePid('bot')).not.toBe(pid), { timeout: 60_000 })
    const [call] = await recordingsOf(product.url, traceId)
    expect(call?.channels).toEqual(['user', 'agent'])
    await vi.waitFor(async () => expect(await traceIdOnPage(page)).not.toBe(traceId), {
      timeout: 60_000,
      interval: 500,
    })
  })

  test.concurrent('two callers at once are never mixed', async (context) => {
    const [first, second] = await Promise.all([talkPage(context), talkPage(context)])
    const clips = await Promise.all([recording('goforward.raw'), recording('cards/001.wav')])
    await Promise.all([say(first, clips[0]), say(second, clips[1])])
    await first.waitForTimeout(2500)
    await Promise.all([quiet(first), quiet(second)])
    const [one, two] = [await hangUp(first), await hangUp(second)]
    expect(one.info.traceId).not.toBe(two.info.traceId)
    expect(one.info.metadata['mlflow.trace.session']).not.toBe(two.info.metadata['mlflow.trace.session'])
    expect(one.userTexts().join(' ')).toMatch(/meters/i)
    expect(one.userTexts().join(' ')).not.toMatch(/clubs/i)
    expect(two.userTexts().join(' ')).toMatch(/clubs/i)
    expect(two.userTexts().join(' ')).not.toMatch(/meters/i)
  })

  test.concurrent('without a microphone the page says so, and a typed question is answered aloud', async (context) => {
    const page = await newPage(context, [])
    await connect(page)
    await page
      .getByRole('alert')
      .filter({ hasText: /microphone/i })
      .waitFor({ timeout: 60_000 })
    await greeted(page)
    await page.getByRole('textbox', { name: 'Type instead of speaking' }).fill('What is Voxtrace?')
    await page.keyboard.press('Enter')
    await page
      .getByRole('log', { name: 'Live transcript' })
      .getByText('What is Voxtrace?')
      .waitFor({ timeout: 60_000 })
    await vi.waitFor(async () => expect((await heardOn(page)).audibleMs).toBeGreaterThan(1000), {
      timeout: 60_000,
    })
  })

  test('the server is killed in mid-conversation, and the conversation and its trace are whole', async (context) => {
    const page = await talkPage(context)
    await ask(page, 'What is a trace?')
    process.kill(product.servicePid('server'), 'SIGKILL')
    await ask(page, 'What is a turn?')
    await vi.waitFor(async () => expect((await fetch(`${product.url}/health`)).ok).toBe(true), {
      timeout: 60_000,
    })
    await ask(page, 'What is a session?')
    const trace = await hangUp(page)
    expect(trace.userTexts()).toEqual(['What is a trace?', 'What is a turn?', 'What is a session?'])
    for (const turn of trace.turns().slice(1)) {
      expect(trace.children(turn).map((span) => span.name)).toContain(spanNames.agentSpeech)
    }
  })

  test('SIGTERM in mid-conversation ends everything in order, and the conversation and its sound are whole', async (context) => {
    const page = await talkPage(context)
    const traceId = await traceIdOnPage(page)
    await ask(page, 'What is a trace?')
    expect(await product.stop()).toBe(0)
    expect(product.output()).not.toMatch(/is killed|could not be delivered/)

    const { dataDirectory } = product
    product = await startProduct({ args: [...settings, '--without', 'bot', 'judge'], dataDirectory })
    const trace = await readTrace(product.url, traceId)
    expect(trace.info.state).toBe('OK')
    expect(trace.spans.filter(({ endTimeUnixNano }) => endTimeUnixNano === null)).toEqual([])
    expect(trace.userTexts()).toEqual(['What is a trace?'])
    expect(trace.children(trace.turn(1)).map((span) => span.name)).toContain(spanNames.agentSpeech)
    const [call] = await recordingsOf(product.url, traceId)
    expect(call).toMatchObject({ channels: ['user', 'agent'], complete: true })
  })
})
