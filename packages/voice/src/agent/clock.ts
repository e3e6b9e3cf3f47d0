/** Milliseconds since the epoch, with fractions, that never go backwards. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
