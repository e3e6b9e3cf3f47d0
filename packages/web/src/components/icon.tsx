const paths = {
  list: 'M3 5h14M3 10h14M3 15h9',
  chart: 'M3 17V9M8 17V4M13 17v-6M18 17V7',
  mic: 'M10 2.5a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0V5A2.5 2.5 0 0 1 10 2.5ZM4.5 9.5a5.5 5.5 0 0 0 11 0M10 15v3',
  muted:
    'M10 2.5a2.5 2.5 0 0 1 2.5 2.5v4M7.5 7.5V10a2.5 2.5 0 0 0 4 2M4.5 9.500a5.5 5.5 0 0 0 9 4M10 15v3M3 3l14 14',
  flask: 'M8 2.5h4M9 2.5V8l-5 8a1 1 0 0 0 .9 1.5h10.2A1 1 0 0 0 16 16l-5-8V2.5M6.2 13h7.6',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13.2 13.2 17 17',
  close: 'M5 5l10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  right: 'M8 5l5 5-5 5',
  left: 'M12 5l-5 5 5 5',
  up: 'M5 12l5-5 5 5',
  link: 'M8 12l4-4M7 9 4.8 11.2a2.8 2.8 0 0 0 4 4L11 13M13 11l2.2-2.2a2.8 2.8 0 0 0-4-4L9 7',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  check: 'M4 10.5 8 14.5 16 6',
  send: 'M4 10h11M10 5l5 5-5 5',
  stop: 'M5 5h10v10H5z',
  fit: 'M4 10h12M7 7l-3 3 3 3M13 7l3 3-3 3',
  play: 'M6.500 4.500v11l9-5.500z',
  pause: 'M6.500 4.500v11M13.500 4.500v11',
  previous: 'M5.500 4.500v11M15 4.500v11l-7-5.500z',
  next: 'M14.500 4.500v11M5 4.500v11l7-5.500z',
  download: 'M10 3v10M6 9.500l4 4 4-4M4 17h12',
  sun: 'M10 6.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 1.500v2M10 16.500v2M1.5 10h2M16.5 10h2M4 4l1.4 1.400M14.6 14.6 16 16M4 16l1.4-1.400M14.6 5.4 16 4',
  moon: 'M16.5 12A7 7 0 0 1 8 3.500a7 7 0 1 0 8.5 8.500Z',
  help: 'M7.5 7.500a2.5 2.5 0 1 1 3.7 2.200c-.8.4-1.2 1-1.2 1.800M10 14.200v.3M10 2.500a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Z',
  keyboard: 'M2.5 5.500h15v9h-15zM5.5 8.500h.01M8.5 8.500h.01M11.5 8.500h.01M14.5 8.500h.01M6.5 11.500h7',
} as const

export type IconName = keyof typeof paths

/** A line icon; what it stands for must be said in words beside it or by its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

/** Outline for slow and interrupted, filled for an error. */
export function SlowMark({ label = 'slow' }: { label?: string }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" role="img" aria-label={label}>
      <path
        d="M6 1.2 11.2 10.6H.8Z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
    </svg>
  )
}

export function InterruptedMark({ label = 'interrupted' }: { label?: string }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" role="img" aria-label={label}>
      <path d="M1 4h6.5M5 8h6M8 1.5v9" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  )
}

export function ErrorMark({ label = 'error' }: { label?: string }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" role="img" aria-label={label}>
      <circle cx="6" cy="6" r="5.2" fill="currentColor" />
      <path d="M4 4l4 4M8 4 4 8" stroke="var(--surface)" strokeWidth="1.4" />
    </svg>
  )
}

export function LowScoreMark({ label = 'low score' }: { label?: string }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" role="img" aria-label={label}>
      <circle cx="6" cy="6" r="3.6" fill="currentColor" />
    </svg>
  )
}

export function PersonMark({ label = 'by a person' }: { label?: string }) {
  return (
    <svg className="mark person" viewBox="0 0 12 12" role="img" aria-label={label}>
      <path
        d="M6 1a2.4 2.4 0 1 1 0 4.800A2.4 2.4 0 0 1 6 1ZM1.500 11a4.500 4.500 0 0 1 9 0Z"
        fill="currentColor"
      />
    </svg>
  )
}

/** Two voices fall and rise into a V; the dot where they should meet is the wait. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <g fill="none" strokeLinecap="round" strokeWidth="3.4">
        <path stroke="var(--span-user)" d="M2.7 4.7v6.6M7.6 9.2v6.6" />
        <path stroke="var(--span-agent)" d="M16.4 9.2v6.6M21.3 4.7v6.6" />
      </g>
      <circle fill="var(--text)" cx="12" cy="19.6" r="1.9" />
    </svg>
  )
}
