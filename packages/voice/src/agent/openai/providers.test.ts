import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAiSynthesizer } from '../../speech/openai/synthesizer.ts'
import { openAiTranscriber } from '../../speech/openai/transcriber.ts'
import { answer } from '../answer.ts'
import { apologies } from '../apologies.ts'
import { KeepingRecorder, type RecordedStage } from '../recording.test.support.ts'
import { Utterance } from '../utterance.ts'
import { cards } from '../voices.test.support.ts'
import { openAiLanguageModel } from './language-model.ts'
import { type Behaviour, type OpenAiServer, startOpenAiServer } from './misbehaving.test.server.ts'

let server: OpenAiServer
const never = new AbortController().signal

/** How long is waited for a server that behaves so: the silent one never answers. */
const patienceMs = (behaviour: Behaviour) => (behaviour === 'silent' ? 300 : 60_000)

beforeAll(async () => {
  server = await startOpenAiServer()
})
afterAll(() => server.close())

const endpoint = () => ({ baseUrl: server.baseUrl, apiKey: 'key', model: 'some-model' })

interface Asked {
  said: string
  failures: string[]
  stages: RecordedStage[]
}

async function ask(behaviour: Behaviour, knowledge = cards): Promise<Asked> {
  server.behaviour = behaviour
  const recorder = new KeepingRecorder()
  const facts = { sessionId: 's', userId: null, startMs: Date.now(), params: {} }
  const turn = recorder.conversation(facts).turn(1, Date.now())
  const utterance = new Utterance('How many cards?')
  utterance.stages.attach(turn)
  const failures: string[] = []
  let said = ''
  const history = [{ role: 'assistant', content: 'Hi.' }] as const
  for await (const piece of answer('How many cards?', history, utterance, never, {
    knowledge,
    topK: 4,
    languageModel: openAiLanguageModel(endpoint(), 60_000),
    firstTokenTimeoutMs: patienceMs(behaviour),
    nextTokenTimeoutMs: patienceMs(behaviour),
    onFailure: (what) => failures.push(what),
  }))
    said += piece
  await new Promise((resolve) => setImmediate(resolve))
  return { said, failures, stages: recorder.conversations[0]?.turns[0]?.stages ?? [] }
}

describe('a language model behind an OpenAI-compatible endpoint', () => {
  it('answers from the passages, with the tokens that the provider counted', async () => {
    const { said, failures, stages } = await ask('well')
    expect(said).toBe('A deck has fifty-two cards.')
    expect(failures).toEqual([])
    const body = server.requests.at(-1)?.body ?? ''
    expect(body).toContain('A deck has fifty-two cards.')
    expect(JSON.parse(body)).toMatchObject({ stream: true, stream_options: { include_usage: true } })
    const generation = stages.find(({ name }) => name === 'llm_generation')
    expect(generation?.outputs).toEqual({ response: 'A deck has fifty-two cards.' })
    expect(generation?.attributes).toMatchObject({
      'llm.prompt_tokens': 101,
      'llm.completion_tokens': 7,
      'llm.total_tokens': 108,
      'llm.tokens_estimated': false,
      'llm.ttft_ms': expect.any(Number),
    })
  })

  it.each([
    ['down', apologies.noAnswer],
    ['silent', apologies.noAnswer],
    ['garbage', apologies.noAnswer],
    ['error', apologies.noAnswer],
    ['empty', apologies.noAnswer],
    ['cut off', `A deck  ${apologies.answerCutOff}`],
  ] as const)('that is %s is apologised for, and its span has the error', async (behaviour, apology) => {
    const { said, failures, stages } = await ask(behaviour)
    expect(said).toBe(apology)
    expect(failures).toEqual(['language model'])
    const generation = stages.find(({ name }) => name === 'llm_generation')
    expect(generation?.error).toBeInstanceOf(Error)
    expect(generation?.endMs).not.toBeNull()
  })

  it('answers without passages when retrieval fails, and says so in the trace', async () => {
    const broken = { ...cards, search: () => Promise.reject(new Error('the vector store is down')) }
    const { said, failures, stages } = await ask('well', broken)
    expect(said).toBe('A deck has fifty-two cards.')
    expect(failures).toEqual(['retrieval'])
    expect(stages.find(({ name }) => name === 'rag_retrieval')?.error).toBeInstanceOf(Error)
  })
})

describe('a voice behind an OpenAI-compatible endpoint', () => {
  async function speak(behaviour: Behaviour): Promise<number> {
    server.behaviour = behaviour
    let samples = 0
    const synthesizer = openAiSynthesizer(endpoint(), patienceMs(behaviour))
    for await (const frame of synthesizer.synthesize('Hello.', 'me', never)) {
      expect(frame.sampleRate).toBe(24_000)
      samples += frame.samples.length
    }
    return samples
  }

  it('gives every sample, however the network splits them', async () => {
    expect(await speak('well')).toBe(12_000)
  })

  it.each(['down', 'silent', 'garbage', 'error'] as const)('that is %s fails', async (behaviour) => {
    await expect(speak(behaviour)).rejects.toThrow()
  })
})

describe('an ear behind an OpenAI-compatible endpoint', () => {
  const transcribe = (behaviour: Behaviour) => {
    server.behaviour = behaviour
    const transcriber = openAiTranscriber(endpoint(), patienceMs(behaviour))
    return transcriber.transcribe(new Int16Array(16_000), 'me', never)
  }

  it('sends a WAV file and takes the text', async () => {
    expect(await transcribe('well')).toBe('How many cards are there?')
    expect(server.requests.at(-1)?.body).toMatch(/filename="speech\.wav".*RIFF/s)
  })

  it.each(['down', 'silent', 'garbage', 'error'] as const)('that is %s fails', async (behaviour) => {
    await expect(transcribe(behaviour)).rejects.toThrow()
  })
})
