import { useSyncExternalStore } from 'react'

/** A value that can be watched. Stores extend it; components read it with `useStore`. */
export class Observable<State> {
  #state: State
  readonly #listeners = new Set<() => void>()

  constructor(initial: State) {
    this.#state = initial
  }

  readonly getState = (): State => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  protected setState(state: State): void {
    if (Object.is(state, this.#state)) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

/** The state of a store, rendered anew whenever it changes. */
export function useStore<State>(store: Observable<State>): State {
  return useSyncExternalStore(store.subscribe, store.getState)
}
