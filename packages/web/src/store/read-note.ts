import { Observable } from './observable.ts'

/** Whether this browser's reader has put a note away for good. */
export class ReadNote extends Observable<boolean> {
  readonly #storageKey: string

  constructor(name: string) {
    const storageKey = `voxtrace.read.${name}`
    super(wasPutAway(storageKey))
    this.#storageKey = storageKey
  }

  putAway(): void {
    try {
      localStorage.setItem(this.#storageKey, 'yes')
    } catch {
      // A browser may forbid storage: the note then stays away as long as the page.
    }
    this.setState(true)
  }
}

function wasPutAway(storageKey: string): boolean {
  try {
    return localStorage.getItem(storageKey) !== null
  } catch {
    return false
  }
}
