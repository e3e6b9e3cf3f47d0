/** Wall clock and monotonic clock may part by this much (a machine that slept) before they are aligned anew. */
const toleratedDriftMs = 50

/** Kept at hand, since looking it up in the global object takes as long as asking it. */
const clock = performance
/** workerd's clock stands at 0 while modules load, and then begins where its origin says. */
let originMs = clock.now() === 0 ? clock.timeOrigin : Date.now() - clock.now()

/** Nanoseconds since the epoch as a double: steps of 256 ns, never backwards between two alignments. */
export function nowNs(): number {
  return (originMs + clock.now()) * 1e6
}

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now()
}

/** Aligns the clock with the wall clock when they have parted. Called now and then, not per span. */
export function alignClock(): void {
  const origin = Date.now() - clock.now()
  if (Math.abs(origin - originMs) > toleratedDriftMs) originMs = origin
}
