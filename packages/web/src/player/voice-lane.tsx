import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react'
import { Painting, type Surface } from '../components/painting.tsx'
import { useSize } from '../components/use-size.ts'
import type { Speech, Voice } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import type { EnvelopeStore } from './envelopes.ts'
import { paintLane } from './paint-lane.ts'
import { Placed, shownStretches } from './placed.tsx'
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
  const axis = useRef<HTMLSpanElement>(null)
  const { width } = useSize(axis)
  const spoken = useMemo(() => speech.filter((stretch) => stretch.voice === voice), [speech, voice])
  const { wide, narrow } = useMemo(() => shownStretches(spoken, window, width), [spoken, window, width])
  const hasSound = sources.length > 0
  const paint = useCallback(
    (surface: Surface) => paintSpoken(surface, voice, narrow, window, hasSound),
    [voice, narrow, window, hasSound],
  )
  return (
    <div className="voice-lane" data-span={`${voice}_speech`}>
      <span className="gutter">
        <b>{isMixed ? 'Both voices' : labels[voice]}</b>
        <LaneNote
          sources={sources.map(({ track }) => track)}
          playback={playback}
          hasSpeech={wide.length + narrow.length > 0}
        />
      </span>
      <span className={hasSound ? 'axis sounding' : 'axis'} ref={axis} {...scrub}>
        {narrow.length > 0 && <Painting className="narrow-stretches" paint={paint} />}
        {wide.map(({ spanId, fromMs, toMs }) => (
          <Placed key={spanId} className="spoken" fromMs={fromMs} toMs={toMs} window={window} />
        ))}
        {hasSound && <Waveform voice={voice} sources={sources} playback={playback} window={window} />}
      </span>
    </div>
  )
}

/** As the style sheet has those that are elements. */
function paintSpoken(
  { context, width, height, colour }: Surface,
  voice: Voice,
  stretches: readonly Speech[],
  window: TimeWindow,
  hasSound: boolean,
): void {
  const margin = hasSound ? 0 : 16
  context.fillStyle = colour(`--span-${voice}`)
  context.globalAlpha = hasSound ? 0.09 : 0.55
  for (const { fromMs, toMs } of stretches) {
    const left = positionOf(fromMs, window) * width
    context.fillRect(left, margin, positionOf(toMs, window) * width - left, height - 2 * margin)
  }
  context.globalAlpha = 1
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
  const stores = sources.flatMap(({ track }) => playback.envelopes.get(envelopeName(track.recording)) ?? [])
  const known = useEnvelopes(stores)
  // biome-ignore lint/correctness/useExhaustiveDependencies: painted whenever what it shows has changed
  const paint = useCallback(
    (surface: Surface) => {
      const msPerPixel = (window.toMs - window.fromMs) / (surface.width * surface.scale)
      const shown = sources.flatMap(({ track, channel }) => {
        const store = playback.envelopes.get(envelopeName(track.recording))
        const { startMs } = track
        store?.look({ fromMs: window.fromMs - startMs, toMs: window.toMs - startMs }, msPerPixel)
        return store ? [{ startMs, channel, known: store.getState() }] : []
      })
      paintLane(surface, window, shown, surface.colour(`--span-${voice}`))
    },
    [known, window.fromMs, window.toMs, playback.tracks],
  )
  return <Painting className="waveform" paint={paint} />
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
