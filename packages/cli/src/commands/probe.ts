export type ProbeResult = { ok: true; body: string } | { ok: false; reason: string }

/** Asks an HTTP endpoint whether it is there, for at most 3 s. Never throws. */
export async function probe(url: string, headers: Record<string, string> = {}): Promise<ProbeResult> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(3000) })
    const body = await response.text()
    return response.ok ? { ok: true, body } : { ok: false, reason: `answered ${response.status}` }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined
    return { ok: false, reason: cause ?? (error instanceof Error ? error.message : String(error)) }
  }
}
