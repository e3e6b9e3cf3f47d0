/** Runs something one time after the other. All who ask while it runs share the run that follows. */
export class SharedRun<T> {
  readonly #run: () => Promise<T>
  #current: Promise<T> | null = null
  #next: Promise<T> | null = null

  constructor(run: () => Promise<T>) {
    this.#run = run
  }

  /** Resolves with what a run gave that began after this call. */
  ask(): Promise<T> {
    const current = this.#current
    if (current === null) {
      this.#current = this.#run().finally(() => {
        this.#current = null
      })
      return this.#current
    }
    const askAgain = () => {
      this.#next = null
      return this.ask()
    }
    this.#next ??= current.then(askAgain, askAgain)
    return this.#next
  }
}
