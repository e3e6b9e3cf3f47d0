import { Observable } from './observable.ts'

type Theme = 'light' | 'dark'

const storageKey = 'voxtrace.theme'

/** Light or dark: the system's preference until the reader chooses, then the choice. */
class ThemeStore extends Observable<Theme> {
  readonly #system = matchMedia('(prefers-color-scheme: dark)')

  constructor() {
    super(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light')
    this.#system.addEventListener('change', ({ matches }) => {
      if (readChoice() === null) this.#show(matches ? 'dark' : 'light')
    })
  }

  toggle(): void {
    const next = this.getState() === 'dark' ? 'light' : 'dark'
    try {
      localStorage.setItem(storageKey, next)
    } catch {
      // A browser may forbid storage: the choice then lasts as long as the page.
    }
    this.#show(next)
  }

  #show(theme: Theme): void {
    document.documentElement.dataset.theme = theme
    this.setState(theme)
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

export const themeStore = new ThemeStore()
