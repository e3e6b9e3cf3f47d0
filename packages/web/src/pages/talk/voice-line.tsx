import { useEffect, useRef } from 'react'
import { narrowScreen, useMediaQuery } from '../../components/media-query.ts'
import { useStore } from '../../store/observable.ts'
import { themeStore } from '../../store/theme.ts'
import { call } from '../../talk/call.ts'
import { type CallState, isInCall } from '../../talk/call-state.ts'
import { exampleHistory } from '../../talk/example-history.ts'
import { type LineMoment, paintVoiceLine } from '../../talk/paint-voice-line.ts'

/** How fast the line changes between true scale and the magnified wait, in milliseconds. */
const lensChangeMs = 220

/** The sound of both sides as it passes. Still while there is no call; with reduced motion it steps once a second. */
export function VoiceLine({ usualMs }: { usualMs: number | null }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useStore(themeStore)
  const { phase } = useStore(call)
  const usual = useRef(usualMs)
  usual.current = usualMs
  const narrow = useMediaQuery(narrowScreen)
  const running = isInCall(phase)

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours follow the theme
  useEffect(() => {
    const target = canvas.current
    if (!target) return
    const colours = new Map<string, string>()
    const style = getComputedStyle(target)
    const colour = (name: string) => {
      const known = colours.get(name) ?? resolve(target, style.getPropertyValue(name))
      colours.set(name, known)
      return known
    }
    let lens = 0
    let lastMs = performance.now()
    const example = phase === 'idle' && !narrow ? exampleHistory(performance.now()) : null
    const startMs = performance.now()
    const paint = () => {
      const nowMs = example ? startMs : performance.now()
      const wanted = call.sound.history.openWait ? 1 : 0
      const step = (nowMs - lastMs) / lensChangeMs
      lens += Math.max(-step, Math.min(step, wanted - lens))
      lastMs = nowMs
      const moment: LineMoment = {
        nowMs,
        mode: modeOf(call.getState()),
        lens,
        usualMs: usual.current,
        isExample: example !== null,
      }
      paintVoiceLine(target, example ?? call.sound.history, moment, colour)
    }
    paint()
    const observer = new ResizeObserver(paint)
    observer.observe(target)
    const stop = running ? repeat(paint) : () => undefined
    return () => {
      stop()
      observer.disconnect()
    }
  }, [running, phase, theme, narrow])

  return (
    <canvas
      ref={canvas}
      className="voice-line"
      role="img"
      aria-label="Your voice above the line, the agent below it, the wait between them on it"
    />
  )
}

function modeOf({ phase, agent, userSpeaking }: CallState): LineMoment['mode'] {
  if (phase !== 'connected') return 'resting'
  if (call.sound.history.openWait) return 'thinking'
  return userSpeaking ? 'listening' : agent
}

function repeat(paint: () => void): () => void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    const timer = setInterval(paint, 1000)
    return () => clearInterval(timer)
  }
  let frame = 0
  const next = () => {
    paint()
    frame = requestAnimationFrame(next)
  }
  next()
  return () => cancelAnimationFrame(frame)
}

/** A canvas knows no `var()` or `color-mix()`: the browser is asked what they come to. */
function resolve(element: HTMLElement, value: string): string {
  const probe = document.createElement('span')
  // What is painted keeps its colours where the system sets those of the page.
  probe.style.forcedColorAdjust = 'none'
  probe.style.color = value
  element.parentElement?.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
