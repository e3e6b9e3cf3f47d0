/** Traces with more spans are opened page by page, and the payload of a span when it is looked at. */
const wholeUpTo = 5000
/** So are traces whose payloads take more than this in the database, which keeps them compressed. */
const wholeBytesUpTo = 4_000_000
/** The first page is short, so that its rows show soon. */
const firstPageSpans = 250

/** Where the server keeps a trace. */
export function tracePath(traceId: string): string {
  return `/api/voxtrace/traces/${encodeURIComponent(traceId)}`
}

/** Where a trace is read when its page opens. */
export function openedTracePath(traceId: string): string {
  return `${tracePath(traceId)}?max_spans=${wholeUpTo}&max_bytes=${wholeBytesUpTo}&first_spans=${firstPageSpans}`
}
