import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024
const keptFiles = 3

/**
 * A log file that is set aside as `FILE.1` when it passes 10 MB; `FILE.1` to `FILE.3` are kept.
 * Lines are written at once, so that a killed process loses none. What cannot be written, as on a full disk, is left
 * out: `onTrouble` is told of the first such line, and again of the first after lines could be written.
 */
export class LogFile {
  readonly path: string
  readonly #onTrouble: (error: unknown) => void
  #bytes: number
  #isInTrouble = false

  constructor(path: string, onTrouble: (error: unknown) => void) {
    this.path = path
    this.#onTrouble = onTrouble
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  append(line: string): void {
    const text = `${line}\n`
    try {
      if (this.#bytes + text.length > maxBytes) this.#rotate()
      appendFileSync(this.path, text, { mode: 0o600 })
      this.#bytes += Buffer.byteLength(text)
      this.#isInTrouble = false
    } catch (error) {
      if (!this.#isInTrouble) this.#onTrouble(error)
      this.#isInTrouble = true
    }
  }

  #rotate(): void {
    rmSync(`${this.path}.${keptFiles}`, { force: true })
    for (let number = keptFiles - 1; number >= 0; number--) {
      const from = number === 0 ? this.path : `${this.path}.${number}`
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.path}.${number + 1}`)
    }
    this.#bytes = 0
  }
}
