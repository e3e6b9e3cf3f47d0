/** Fetches the next page of a list. */
export function OlderRows({
  label,
  loading,
  onLoad,
}: {
  label: string
  loading: boolean
  onLoad: () => void
}) {
  return (
    <div className="more-rows">
      <button type="button" className="button" disabled={loading} onClick={onLoad}>
        {loading ? 'Loading…' : label}
      </button>
    </div>
  )
}
