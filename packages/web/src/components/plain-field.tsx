interface PlainFieldProps {
  /** Stands in the field while it is empty, and names it. */
  label: string
  value: string
  maxLength: number
  autoComplete?: string
  onChange(value: string): void
}

/** A field of text whose label stands in it. */
export function PlainField({ label, value, maxLength, autoComplete, onChange }: PlainFieldProps) {
  return (
    <label className="field">
      <span className="visually-hidden">{label}</span>
      <input
        value={value}
        placeholder={label}
        maxLength={maxLength}
        autoComplete={autoComplete}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  )
}
