import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import llamaTokenizer from 'llama-tokenizer-js'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { isEnding, serveJobs } from './worker-loop.ts'

/** 16 kHz mono, signed 16-bit. */
export type MoonshineJob = Int16Array

const sampleRate = 16_000
const layers = 6
const heads = 8
const headSize = 36
const beginToken = 1
const endToken = 2
/**
 * The model ends at once where it hears no words. Now and then it does so for speech too, then by a small margin: an end at the first step is
 * believed when its logit is this much above any word's. Measured: speech taken for none 0 to 1.3, noise, hum, clicks and breath 2.6 to 8.7.
 */
const wordlessMargin = 2
/** The authors' bound against endless repetition: real speech has fewer tokens than this a second. */
const mostTokensPerSecond = 6.5
/** The encoder's first convolutions need at least this much sound. */
const fewestSamples = 2_048

const directory = String(workerData.directory)
const options = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  // Turns the decoder's table of words into floats once, instead of at every step: a quarter of a step's time for 38 MB.
  extra: { session: { disable_quant_qdq: '1' } },
} as const

interface Model {
  encoder: InferenceSession
  decoder: InferenceSession
}

/** Null when the worker shall end before all is loaded. */
async function load(): Promise<Model | null> {
  const encoder = await InferenceSession.create(join(directory, 'encoder_model.onnx'), options)
  if (isEnding()) return null
  const decoder = await InferenceSession.create(join(directory, 'decoder_model_merged.onnx'), options)
  // The first run allocates what later runs reuse.
  await transcribe({ encoder, decoder }, new Int16Array(sampleRate), isEnding)
  return { encoder, decoder }
}

const cacheKeys = Array.from({ length: layers }, (_, layer) =>
  ['decoder', 'encoder'].flatMap((part) => ['key', 'value'].map((kind) => `${layer}.${part}.${kind}`)),
).flat()

function mostLikely(logits: Tensor, isFirst: boolean): number {
  const values = logits.data
  if (!(values instanceof Float32Array)) throw new Error('the decoder gave no float logits')
  if (isFirst) values[endToken] = (values[endToken] ?? 0) - wordlessMargin
  let best = 0
  for (let token = 1; token < values.length; token++) {
    if ((values[token] ?? 0) > (values[best] ?? 0)) best = token
  }
  return best
}

function required(tensors: Readonly<Record<string, unknown>>, name: string): Tensor {
  const tensor = tensors[name]
  if (!(tensor instanceof Tensor))
    throw new Error(`the model gave no ${name}: the weights are not Moonshine tiny's`)
  return tensor
}

/**
 * Greedy decoding with the decoder's cache (useful-sensors/moonshine, `onnx` demos): the first step runs without
 * it and fills both halves; later steps refresh only the decoder's half. Returns null when stopped.
 */
async function transcribe(
  { encoder, decoder }: Model,
  audio: MoonshineJob,
  stopped: () => boolean,
): Promise<string | null> {
  const input = new Float32Array(Math.max(audio.length, fewestSamples))
  for (let index = 0; index < audio.length; index++) input[index] = (audio[index] ?? 0) / 32_768
  const encoded = await encoder.run({ input_values: new Tensor('float32', input, [1, input.length]) })
  const states = required(encoded, 'last_hidden_state')
  const cache: Record<string, Tensor> = {}
  for (const key of cacheKeys)
    cache[`past_key_values.${key}`] = new Tensor('float32', new Float32Array(0), [0, heads, 1, headSize])
  const most = Math.ceil((input.length / sampleRate) * mostTokensPerSecond)
  const tokens: number[] = []
  let previous = beginToken
  for (let step = 0; step < most; step++) {
    if (stopped()) return null
    const output = await decoder.run({
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(previous)), [1, 1]),
      encoder_hidden_states: states,
      use_cache_branch: new Tensor('bool', Uint8Array.of(step > 0 ? 1 : 0), [1]),
      ...cache,
    })
    previous = mostLikely(required(output, 'logits'), step === 0)
    if (previous === endToken) break
    tokens.push(previous)
    for (const key of cacheKeys) {
      if (step === 0 || key.includes('decoder'))
        cache[`past_key_values.${key}`] = required(output, `present.${key}`)
    }
  }
  return llamaTokenizer.decode(tokens, false, false).trim()
}

const model = await load()
if (model)
  serveJobs<MoonshineJob, string | null>(async (audio, stopped) => {
    if (stopped()) return { result: null }
    return { result: await transcribe(model, audio, stopped) }
  })
