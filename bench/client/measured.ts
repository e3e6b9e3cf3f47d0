/** One client in a process of its own: measures what its parent asks for, when it asks. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { subjects } from './subjects.ts'
import type { Subject } from './turn.ts'

const [name = '', peers = '', url = ''] = process.argv.slice(2)
const make = subjects[name]
if (make === undefined) throw new Error(`There is no client "${name}".`)
const directory = mkdtempSync(join(tmpdir(), 'voxtrace-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
// What a client throws in the background or prints is its own affair: it is measured all the same.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
const subject = await make({ peers, url, directory })

const request = z.object({ task: z.string(), times: z.number() })

/** Each gives the figures of one round. */
const tasks: Record<string, (subject: Subject, times: number) => Promise<Record<string, number>>> = {
  /** Microseconds of the caller's thread a span. */
  span: async ({ span }, times) => callerUs(times, span),
  turn: async ({ turn }, times) => callerUs(times, turn),
  /** The same, of a process that has recorded nothing before. */
  first: async ({ turn }, times) => callerUs(times, turn),
  /** Processor time of the whole process a turn, recording and sending. */
  cpu: async ({ turn, settle }, times) => {
    const before = process.cpuUsage()
    for (let done = 0; done < times; done++) {
      turn(done)
      if (done % 50 === 49) await settle()
    }
    await settle()
    const { user, system } = process.cpuUsage(before)
    return { us: (user + system) / times }
  },
  /** Bytes allocated a span, while nothing is collected. */
  allocation: async ({ span }, times) => {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let done = 0; done < times; done++) span()
    return { bytes: (process.memoryUsage().heapUsed - before) / times }
  },
  /** The delay of the event loop, in milliseconds, at 200 turns a second. */
  delay: async ({ turn }, times) => {
    const histogram = monitorEventLoopDelay({ resolution: 1 })
    histogram.enable()
    const started = performance.now()
    for (let done = 0; done < times; done++) {
      turn(done)
      const next = started + (done + 1) * 5
      if (next > performance.now()) await sleep(next - performance.now())
    }
    histogram.disable()
    return {
      p50: histogram.percentile(50) / 1e6,
      p99: histogram.percentile(99) / 1e6,
      max: histogram.max / 1e6,
    }
  },
  /** A synchronous loop of spans; how long it took, and what the client says it dropped. */
  burst: async ({ span, settle, dropped }, times) => {
    const us = timed(times, span)
    const memory = process.memoryUsage().rss / 2 ** 20
    await Promise.race([settle(), sleep(20_000)])
    return { us, memory, ...(dropped === undefined ? {} : { dropped: dropped() }) }
  },
}

/** Also as `undisturbed`, when the system took the processor away in none of it: what that costs is not the client's. */
function callerUs(times: number, act: (number: number) => void): Record<string, number> {
  const before = process.resourceUsage().involuntaryContextSwitches
  const us = timed(times, act)
  const taken = process.resourceUsage().involuntaryContextSwitches - before
  return taken === 0 ? { us, undisturbed: us } : { us }
}

function timed(times: number, act: (number: number) => void): number {
  const started = performance.now()
  for (let done = 0; done < times; done++) act(done)
  return ((performance.now() - started) * 1000) / times
}

process.on('message', async (message) => {
  const { task, times } = request.parse(message)
  let figures: Record<string, number> = {}
  try {
    figures = (await tasks[task]?.(subject, times)) ?? {}
    if (task !== 'burst') await Promise.race([subject.settle(), sleep(20_000)])
  } catch (error) {
    console.error(`${name}: ${error}`)
  }
  process.send?.(figures)
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
