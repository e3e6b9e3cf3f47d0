export interface Coalesced {
  /** Ask for the task; asks that come close together are one. */
  request(): void
  stop(): void
}

/**
 * Runs a task at most once every `waitMs` and never twice at once. Asking while it runs makes it run once more
 * afterwards, so that the last ask is always answered. The task deals with its own failures.
 */
export function coalesce(task: () => Promise<void>, waitMs: number): Coalesced {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  let asked = false
  let stopped = false

  const run = async () => {
    timer = undefined
    running = true
    asked = false
    try {
      await task()
    } finally {
      running = false
      if (asked && !stopped) schedule()
    }
  }
  const schedule = () => {
    timer = setTimeout(run, waitMs)
  }
  return {
    request() {
      if (stopped) return
      asked = true
      if (!running && timer === undefined) schedule()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
