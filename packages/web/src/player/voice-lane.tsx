import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { Speech, Voice } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import { useStore } from '../store/observable.ts'
import { themeStore } from '../store/theme.ts'
import type { EnvelopeStore } from './envelopes.ts'
import { paintLane } from './paint-lane.ts'
import type { Scrub } from './time-ruler.tsx'
import { channelsFor, type Track } from './track.ts'
import { envelopeName, type Playback } from './use-playback.ts'

const labels: Record<Voice, string> = { user: 'User', agent: 'Agent' }

interface VoiceLaneProps {
  voice: Voice
  playback: Playback
  speech: readonly Speech[]
  window: TimeWindow
  scrub: Scrub
}

/** One voice over time: its waveform, over the stretches in which the spans say that it spoke. */
export function VoiceLane({ voice, playback, speech, window, scrub }: VoiceLaneProps) {
  const own = channelsFor(playback.tracks, voice)
  // One channel with both voices is drawn once, in the upper lane.
  const sources = own.length > 0 || voice === 'agent' ? own : channelsFor(playback.tracks, 'mixed')
  const isMixed = own.length === 0 && sources.length > 0
  const spoken = speech.filter(
    (stretch) => stretch.voice === voice && stretch.toMs > window.fromMs && stretch.fromMs < window.toMs,
  )
  return (
    <div className="voice-lane" data-span={`${voice}_speech`}>
      <span className="gutter">
        <b>{isMixed ? 'Both voices' : labels[voice]}</b>
        <LaneNote
          sources={sources.map(({ track }) => track)}
          playback={playback}
          hasSpeech={spoken.length > 0}
        />
      </span>
      <span className={sources.length > 0 ? 'axis sounding' : 'axis'} {...scrub}>
        {spoken.map((stretch) => (
          <span
            key={stretch.spanId}
            className="spoken"
            style={{
              left: `${100 * positionOf(stretch.fromMs, window)}%`,
              width: `${100 * (positionOf(stretch.toMs, window) - positionOf(stretch.fromMs, window))}%`,
            }}
          />
        ))}
        {sources.length > 0 && (
          <Waveform voice={voice} sources={sources} playback={playback} window={window} />
        )}
      </span>
    </div>
  )
}

function LaneNote({
  sources,
  playback,
  hasSpeech,
}: {
  sources: Track[]
  playback: Playback
  hasSpeech: boolean
}) {
  const [track] = sources
  const store = track && playback.envelopes.get(envelopeName(track.recording))
  const known = useEnvelopes(store ? [store] : [])[0]
  if (!track) return <small>{hasSpeech ? 'no recording, from spans' : 'silent here'}</small>
  if (known?.problem) return <small className="alert-text">{known.problem}</small>
  const format = track.recording.contentType.slice('audio/'.length)
  return <small>{track.recording.complete ? format : `${format}, recording`}</small>
}

interface WaveformProps {
  voice: Voice
  sources: { track: Track; channel: number }[]
  playback: Playback
  window: TimeWindow
}

function Waveform({ voice, sources, playback, window }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useStore(themeStore)
  const stores = sources.flatMap(({ track }) => playback.envelopes.get(envelopeName(track.recording)) ?? [])
  const known = useEnvelopes(stores)
  // biome-ignore lint/correctness/useExhaustiveDependencies: painted whenever what it shows has changed
  useEffect(() => {
    const target = canvas.current
    if (!target) return
    const paint = () => {
      const msPerPixel = (window.toMs - window.fromMs) / Math.max(1, target.clientWidth * devicePixelRatio)
      for (const { track } of sources) {
        const store = playback.envelopes.get(envelopeName(track.recording))
        store?.look({ fromMs: window.fromMs - track.startMs, toMs: window.toMs - track.startMs }, msPerPixel)
      }
      const shown = sources.flatMap(({ track, channel }) => {
        const store = playback.envelopes.get(envelopeName(track.recording))
        return store ? [{ startMs: track.startMs, channel, known: store.getState() }] : []
      })
      paintLane(target, window, shown, getComputedStyle(target).getPropertyValue(`--span-${voice}`))
    }
    paint()
    const observer = new ResizeObserver(paint)
    observer.observe(target)
    return () => observer.disconnect()
  }, [known, window.fromMs, window.toMs, theme, playback.tracks])
  return <canvas ref={canvas} />
}

/** The envelopes of several recordings, the same array until one of them changes. */
function useEnvelopes(stores: EnvelopeStore[]) {
  const last = useRef<ReturnType<EnvelopeStore['getState']>[]>([])
  return useSyncExternalStore(
    (listener) => {
      const stops = stores.map((store) => store.subscribe(listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    () => {
      const now = stores.map((store) => store.getState())
      const isSame =
        now.length === last.current.length && now.every((state, index) => state === last.current[index])
      if (!isSame) last.current = now
      return last.current
    },
  )
}
