import { Observable } from './observable.ts'

/** Whether a call is on; a phone then gives the whole screen to it. */
class CallPresenceStore extends Observable<boolean> {
  constructor() {
    super(false)
  }

  set(inCall: boolean): void {
    this.setState(inCall)
  }
}

export const callPresenceStore = new CallPresenceStore()
