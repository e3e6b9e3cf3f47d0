import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024
const keptFiles = 3

/**
 * A log file that is set aside as `FILE.1` when it passes 10 MB; `FILE.1` to `FILE.3` are kept.
 * Lines are written at once, so that a killed process loses none.
 */
export class LogFile {
  readonly path: string
  #bytes: number

  constructor(path: string) {
    this.path = path
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  append(line: string): void {
    const text = `${line}\n`
    if (this.#bytes + text.length > maxBytes) this.#rotate()
    appendFileSync(this.path, text, { mode: 0o600 })
    this.#bytes += Buffer.byteLength(text)
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
