import type { Browser, Page } from 'playwright-core'

/** What the main thread of a page did while something went on, in milliseconds. */
export interface PageWork {
  /** From one frame to the next, in order of length. */
  frames: number[]
  /** Of processor time of each task that took longer than a millisecond, in order of length. */
  tasks: number[]
  lastedMs: number
}

/** Does something in a page and looks at its frames and at its tasks meanwhile. */
export async function workOf(browser: Browser, page: Page, act: () => Promise<void>): Promise<PageWork> {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] })
  await page.evaluate(() => {
    const seen: { times: number[]; frame: number } = { times: [], frame: 0 }
    Object.assign(globalThis, { seen })
    let last = performance.now()
    const step = () => {
      const now = performance.now()
      seen.times.push(now - last)
      last = now
      seen.frame = requestAnimationFrame(step)
    }
    seen.frame = requestAnimationFrame(step)
  })
  const began = performance.now()
  await act()
  const lastedMs = performance.now() - began
  const frames = await page.evaluate(() => {
    const { seen }: { seen?: { times: number[]; frame: number } } = Object(globalThis)
    // None where another page has been opened meanwhile.
    if (!seen) return []
    cancelAnimationFrame(seen.frame)
    return seen.times
  })
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse(String(await browser.stopTracing()))
  return { frames: inOrder(frames), tasks: tasksOf(traceEvents), lastedMs }
}

interface TraceEvent {
  name: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
  args: { name?: string }
}

/** Those of the main thread of the page: of all of the browser's the one that was busiest. A task that runs others is none of its own. */
function tasksOf(events: TraceEvent[]): number[] {
  const threads = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
  const own = threads.map(({ pid, tid }) =>
    events
      .filter((event) => event.name === 'RunTask' && event.pid === pid && event.tid === tid)
      .sort((a, b) => a.ts - b.ts)
      .filter(
        ({ ts, dur = 0 }, index, tasks) => (tasks[index + 1]?.ts ?? Number.POSITIVE_INFINITY) >= ts + dur,
      )
      .map(({ dur = 0, tdur = dur }) => tdur / 1000),
  )
  const [busiest = []] = own.sort((a, b) => sum(b) - sum(a))
  return inOrder(busiest.filter((ms) => ms > 1))
}

/** The time that so large a share of all does not exceed; of none, 0. */
export function percentile(inOrder: readonly number[], share: number): number {
  return inOrder[Math.floor(share * (inOrder.length - 1))] ?? 0
}

export function sum(times: readonly number[]): number {
  return times.reduce((total, ms) => total + ms, 0)
}

function inOrder(times: number[]): number[] {
  return times.sort((a, b) => a - b)
}
