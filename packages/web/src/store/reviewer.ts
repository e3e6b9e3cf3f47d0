import { Observable } from './observable.ts'

const storageKey = 'voxtrace.reviewer'

/** The name under which this browser's reader scores; empty until one is given. */
class ReviewerStore extends Observable<string> {
  constructor() {
    super(readName())
  }

  set(name: string): void {
    const trimmed = name.trim()
    try {
      localStorage.setItem(storageKey, trimmed)
    } catch {
      // A browser may forbid storage: the name then lasts as long as the page.
    }
    this.setState(trimmed)
  }
}

function readName(): string {
  try {
    return localStorage.getItem(storageKey) ?? ''
  } catch {
    return ''
  }
}

export const reviewerStore = new ReviewerStore()
