import type { Timer } from './timer.ts'

/** Those who wait until as many items are out of memory as had been queued when they asked. */
export class FlushList {
  #waiting: { target: number; resolve: () => void }[] = []

  /** Resolves with true when `settle` is told of `target`, with false after the deadline. */
  async wait(target: number, deadlineMs: number): Promise<boolean> {
    let timer: Timer | undefined
    const settled = new Promise<boolean>((resolve) => {
      const entry = { target, resolve: () => resolve(true) }
      this.#waiting.push(entry)
      timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== entry)
        resolve(false)
      }, deadlineMs)
    })
    return settled.finally(() => clearTimeout(timer))
  }

  /** Told how many items are out of memory by now. */
  settle(handled: number): void {
    const settled = this.#waiting.filter(({ target }) => target <= handled)
    if (settled.length === 0) return
    this.#waiting = this.#waiting.filter(({ target }) => target > handled)
    for (const { resolve } of settled) resolve()
  }
}
