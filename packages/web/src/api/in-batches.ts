/** How an action on many things went. */
export interface BatchesOutcome {
  /** Those it failed for, and those it did not come to because it was stopped. */
  failed: string[]
  /** Why the first of them failed; null when none did or it was stopped. */
  reason: string | null
}

export interface BatchesProgress {
  signal: AbortSignal
  onDone(count: number): void
}

/** So many requests are under way at once when something is done to many things. */
const atOnce = 4

/** Acts on ids, some at once, and goes on where it fails for one batch. Never throws. */
export async function inBatches(
  ids: readonly string[],
  size: number,
  act: (batch: string[]) => Promise<void>,
  { signal, onDone }: BatchesProgress,
): Promise<BatchesOutcome> {
  const failed: string[] = []
  let reason: string | null = null
  let next = 0
  let done = 0
  const worker = async () => {
    while (next < ids.length && !signal.aborted) {
      const batch = ids.slice(next, next + size)
      next += batch.length
      try {
        await act(batch)
        done += batch.length
        onDone(done)
      } catch (error) {
        failed.push(...batch)
        reason ??= error instanceof Error ? error.message : String(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { failed: [...failed, ...ids.slice(next)], reason }
}

/** Every item of a list that comes in pages, until it ends or is stopped. Throws what `read` throws. */
export async function allPages<Item>(
  read: (pageToken: string | null) => Promise<{ items: Item[]; nextPageToken: string | null }>,
  { signal, onDone }: BatchesProgress,
): Promise<Item[]> {
  const items: Item[] = []
  let pageToken: string | null = null
  do {
    const page = await read(pageToken)
    items.push(...page.items)
    onDone(items.length)
    pageToken = page.nextPageToken
  } while (pageToken !== null && !signal.aborted)
  return items
}
