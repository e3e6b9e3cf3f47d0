export type Timer = ReturnType<typeof setTimeout>

/** Lets the process end while the timer runs, where timers can hold it up. */
export function unref(timer: Timer): Timer {
  if (typeof timer === 'object' && 'unref' in timer) timer.unref()
  return timer
}
