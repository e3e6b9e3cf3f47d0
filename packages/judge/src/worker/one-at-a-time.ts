/** Runs work on the same thing one after the other, and on different things side by side. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs the work once all that was given before of the same name has ended, however it did. */
  async run(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const running = before.then(work, work)
    this.#last.set(name, running)
    try {
      await running
    } finally {
      if (this.#last.get(name) === running) this.#last.delete(name)
    }
  }
}
