import { Observable } from './observable.ts'

/** Whether the server's live events reach this page. */
class ConnectionStore extends Observable<'open' | 'lost'> {
  constructor() {
    super('open')
  }

  report(state: 'open' | 'lost'): void {
    this.setState(state)
  }
}

export const connectionStore = new ConnectionStore()
