/** Wall clock and monotonic clock may part by this much (a machine that slept) before they are aligned anew. */
const toleratedDriftMs = 50

let originMs = Date.now() - performance.now()

/** Nanoseconds since the epoch as a double: steps of 256 ns, never backwards between two alignments. */
export function nowNs(): number {
  return (originMs + performance.now()) * 1e6
}

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now()
}

/** Aligns the clock with the wall clock when they have parted. Called now and then, not per span. */
export function alignClock(): void {
  const origin = Date.now() - performance.now()
  if (Math.abs(origin - originMs) > toleratedDriftMs) originMs = origin
}
