import { useLayoutEffect, useRef, useState } from 'react'
import { judges } from '../../facade/judges.ts'

/** An example of one turn, drawn and labelled as such: voices, the wait in its parts, the scores. */
const parts = [
  ['end_of_utterance', 480],
  ['speech_to_text', 92],
  ['rag_retrieval', 118],
  ['first_token', 312],
  ['first_clause', 96],
  ['first_audio', 118],
  ['network', 24],
] as const
const colours = {
  end_of_utterance: 'url(#specimen-hatch)',
  speech_to_text: 'var(--span-stt)',
  rag_retrieval: 'var(--span-rag)',
  first_token: 'var(--span-llm)',
  first_clause: 'var(--span-clause)',
  first_audio: 'var(--span-tts)',
  network: 'var(--span-network)',
}
const speechEnd = 2.9
const stretch = 1.35
const exampleScores = [5, 4, 5, 4, 5]
/** Room for a judge's name, its bar and its score, at the size of the labels. */
const labelWidth = (label: string) => 44 + label.length * 5.6

export function Specimen() {
  const element = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (!element.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  const small = width < 620
  return (
    <div className="specimen" ref={element} style={{ height: small ? 210 : 272 }}>
      {width > 0 && <Drawing width={width} small={small} />}
    </div>
  )
}

function Drawing({ width, small }: { width: number; small: boolean }) {
  const perSecond = small ? width / 9.6 : width / 11.4
  const x = (seconds: number) => seconds * perSecond
  const user = small ? 60 : 68
  const wait = user + (small ? 42 : 50)
  const agent = wait + (small ? 52 : 62)
  let at = speechEnd
  const bars = parts.map(([part, ms]) => {
    const from = at
    at += (ms / 1000) * stretch
    return (
      <rect
        key={part}
        x={x(from) + 0.5}
        y={wait - 6}
        width={Math.max(1, x(at) - x(from) - 1)}
        height="12"
        rx="1"
        fill={colours[part]}
      />
    )
  })
  const answerStart = at
  const amplitude = small ? 26 : 34
  return (
    <svg
      height={small ? 210 : 272}
      viewBox={`0 0 ${width} ${small ? 210 : 272}`}
      role="img"
      aria-label="Example of one turn: you speak, a wait in seven parts, the agent answers, five judges score it"
    >
      <defs>
        <linearGradient id="specimen-fade" x1="0" x2="1">
          <stop offset="0.7" stopColor="#fff" />
          <stop offset="1" stopColor="#fff" stopOpacity="0" />
        </linearGradient>
        <mask id="specimen-mask">
          <rect width={width} height="300" fill="url(#specimen-fade)" />
        </mask>
        <pattern
          id="specimen-hatch"
          width="4"
          height="4"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="4" height="4" fill="var(--span-eou)" opacity=".26" />
          <rect width="1.5" height="4" fill="var(--span-eou)" />
        </pattern>
      </defs>
      <g mask="url(#specimen-mask)">
        {Array.from({ length: 12 }, (_, second) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its second
          <rect key={second} x={x(second)} y="24" width="1" height={agent + 16} fill="var(--grid)" />
        ))}
        <rect width={width} y={wait - 9} height="18" fill="var(--sunken)" />
        <path
          d={voicePath(0.02, speechEnd, user, amplitude, perSecond, 3)}
          stroke="var(--span-user)"
          strokeWidth="1.6"
          strokeLinecap="round"
        />
        {bars}
        <path
          d={voicePath(answerStart, 11.2, agent, amplitude, perSecond, 44)}
          stroke="var(--span-agent)"
          strokeWidth="1.6"
          strokeLinecap="round"
        />
        <rect x={x(speechEnd)} y={user - 30} width="1" height={wait - user + 24} fill="var(--text-3)" />
        <rect x={x(answerStart)} y={wait + 6} width="1" height={agent - wait + 20} fill="var(--text-3)" />
      </g>
      <text y="16">You speak</text>
      <text x={x(speechEnd) + 7} y={user - 20}>
        You stop
      </text>
      <text x={x(answerStart) + 10} y={wait + 4}>
        {small ? '1,240 ms, in seven parts' : 'The wait, in seven parts that sum: 1,240 ms'}
      </text>
      {!small && (
        <>
          <text x={x(answerStart) - 8} y={agent + 4} textAnchor="end">
            It answers
          </text>
          <text x={x(answerStart) - 8} y={agent + 74} textAnchor="end">
            Judges score it
          </text>
          {judges.map(({ name, label }, index) => {
            const before = judges.slice(0, index).reduce((sum, judge) => sum + labelWidth(judge.label), 0)
            const left = x(answerStart) + 10 + before
            const score = exampleScores[index] ?? 0
            return (
              <g key={name}>
                <rect x={left} y={agent + 63} width="4" height="14" rx="1" fill="var(--line-strong)" />
                <rect
                  x={left}
                  y={agent + 77 - 2.8 * score}
                  width="4"
                  height={2.8 * score}
                  rx="1"
                  fill="var(--text-2)"
                />
                <text x={left + 11} y={agent + 74}>
                  {label} {score}
                </text>
              </g>
            )
          })}
        </>
      )}
    </svg>
  )
}

/** Bars that rise and fall as syllables in phrases do. */
function voicePath(
  from: number,
  to: number,
  middle: number,
  amplitude: number,
  perSecond: number,
  seed: number,
): string {
  const noise = (at: number) => {
    const value = Math.sin(at * 127.1 + seed * 311.7) * 43758.5453
    return value - Math.floor(value)
  }
  let path = ''
  for (let x = Math.ceil((from * perSecond) / 3) * 3; x < to * perSecond; x += 3) {
    const seconds = x / perSecond - from
    const syllable = Math.floor(seconds * 4.6)
    const pause = noise(Math.floor(seconds * 0.9) + 50) > 0.78 && (seconds * 0.9) % 1 > 0.62 ? 0.07 : 1
    const swing = Math.sin(Math.PI * Math.min(1, (seconds * 4.6 - syllable) * 1.08)) ** 0.8
    const edge = Math.min(1, seconds / 0.12) * Math.min(1, (to - from - seconds) / 0.18)
    const height = Math.max(0.7, (0.35 + 0.65 * noise(syllable)) * swing * pause * edge * amplitude)
    path += `M${x} ${(middle - height).toFixed(1)}v${(2 * height).toFixed(1)}`
  }
  return path
}
