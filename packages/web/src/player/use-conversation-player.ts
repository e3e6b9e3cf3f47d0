import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useShortcuts } from '../components/shortcuts.ts'
import { useKeptItems } from '../components/use-kept-items.ts'
import {
  isSameSpeech,
  problemsOf,
  type Speech,
  silencesOf,
  speechOf,
  type TurnProblem,
} from '../facade/speech.ts'
import type { TraceView } from '../facade/trace-view.ts'
import type { TurnView } from '../facade/turn-view.ts'
import type { TimeWindowStore } from '../store/time-window.ts'
import { HeardStore, type SpokenText } from './heard.ts'
import { soundingStretches } from './paint-lane.ts'
import type { Stretch } from './player.ts'
import { SpokenTexts } from './spoken-texts.ts'
import { envelopeName, type Playback, usePlayback } from './use-playback.ts'

/** Quiet for this long is silence that may be skipped, in milliseconds. */
const leastSilenceMs = 900
/** A window that follows the needle turns its page when the needle comes this near its end, as a share of it. */
const turnPageAt = 0.92
const newPageAt = 0.08

/** The needle has been set down when it has not moved for this long, in milliseconds. */
const settledMs = 250

const route = getRouteApi('/traces/$traceId')

interface Options {
  view: TraceView
  turns: readonly TurnView[]
  lengthMs: number
  window: TimeWindowStore
  onSelect(spanId: string): void
  /** Where the selected span lies; null when none is. */
  selectedStretch(): Stretch | null
}

export interface ConversationPlayer {
  playback: Playback
  speech: readonly Speech[]
  /** By `textName`. */
  texts: Readonly<Record<string, SpokenText | undefined>>
  heard: HeardStore
  /** Goes to a moment of a turn; null where there is nothing to hear. */
  hear: ((turnSpanId: string, ms: number) => void) | null
  follows: boolean
  toggleFollow(): void
  /** Moves the needle to where a span begins. */
  seekSpan(spanId: string): void
  stepTurn(by: number): void
  /** The turns with something wrong, by what it is. */
  problems: ReadonlyMap<string, readonly TurnProblem[]>
  nextProblem(kind: TurnProblem | null): void
}

/** Everything that plays on the page of a trace: sound, needle, words at the needle, and the keys for it. */
export function useConversationPlayer(options: Options): ConversationPlayer {
  const { view, turns, lengthMs, window } = options
  const playback = usePlayback(view)
  const { player, tracks } = playback
  const [follows, setFollows] = useState(true)
  const speech = useKeptItems(
    useMemo(() => speechOf(view, lengthMs), [view, lengthMs]),
    isSameSpeech,
  )
  const [spoken] = useState(() => new SpokenTexts())
  const texts = useMemo(() => spoken.of(turns, speech), [spoken, turns, speech])
  const heard = useMemo(() => new HeardStore(player), [player])
  useEffect(() => () => heard.close(), [heard])
  const hasSound = tracks.length > 0
  useEffect(() => {
    if (hasSound) heard.setTexts(turns, Object.values(texts))
  }, [heard, hasSound, turns, texts])
  useSilences(playback, speech)
  useFollowing(playback, window, lengthMs, follows)

  useMomentInUrl(playback)

  const problems = useMemo(
    () =>
      new Map(
        turns.flatMap((turn) => {
          const found = problemsOf(turn, view.tree.byId.get(turn.spanId), speech)
          return found.length > 0 ? [[turn.spanId, found] as const] : []
        }),
      ),
    [turns, view, speech],
  )
  const turnAtNeedle = () => turns.findLastIndex(({ startMs }) => startMs <= player.now() + 0.5)
  const goTo = (turn: TurnView | undefined) => {
    if (!turn) return
    player.seek(turn.startMs)
    options.onSelect(turn.spanId)
  }
  const stepTurn = (by: number) => {
    const at = turnAtNeedle()
    // Well into a turn, one back is its own beginning.
    const intoMs = player.now() - (turns[at]?.startMs ?? 0)
    goTo(turns[Math.max(0, Math.min(turns.length - 1, by < 0 && intoMs > 1500 ? at : at + by))])
  }
  const nextProblem = (kind: TurnProblem | null) => {
    const isWanted = ({ spanId }: TurnView) => {
      const found = problems.get(spanId)
      return found !== undefined && (kind === null || found.includes(kind))
    }
    const at = turnAtNeedle()
    goTo([...turns.slice(at + 1), ...turns.slice(0, at + 1)].find(isWanted))
  }
  const select = useRef(options.onSelect)
  select.current = options.onSelect
  const hear = useCallback(
    (turnSpanId: string, ms: number) => {
      select.current(turnSpanId)
      player.seek(ms)
    },
    [player],
  )
  const hasTurns = turns.length > 0
  const nudge = (ms: number) => player.seek(player.now() + ms)
  useShortcuts({
    ...(hasSound && {
      ' ': () => player.toggle(),
      arrowleft: (event: KeyboardEvent) => nudge(event.shiftKey ? -5000 : -1000),
      arrowright: (event: KeyboardEvent) => nudge(event.shiftKey ? 5000 : 1000),
      l: () => setFollows((before) => !before),
      g: () => player.toggleSkipSilence(),
      enter: () => {
        const stretch = options.selectedStretch()
        if (stretch) player.playStretch(stretch)
      },
      '<': () => player.stepSpeed(-1),
      '>': () => player.stepSpeed(1),
      j: () => stepTurn(1),
      k: () => stepTurn(-1),
    }),
    ...(hasTurns && {
      p: () => nextProblem(null),
      i: () => nextProblem('interrupted'),
      s: () => nextProblem('slow'),
    }),
  })
  return {
    playback,
    speech,
    texts,
    heard,
    hear: hasSound ? hear : null,
    follows,
    toggleFollow: () => setFollows((before) => !before),
    seekSpan: (spanId) => {
      const node = view.tree.byId.get(spanId)
      if (node && hasSound) player.seek(node.startMs)
    },
    stepTurn,
    problems,
    nextProblem,
  }
}

/** Tells the player where nobody is heard: by the sound itself where it is known, else by the spans. */
function useSilences({ player, tracks, envelopes }: Playback, speech: readonly Speech[]): void {
  useEffect(() => {
    const update = () => {
      const heard: Stretch[] = []
      let isKnown = tracks.length > 0
      for (const track of tracks) {
        const whole = envelopes.get(envelopeName(track.recording))?.getState().whole
        if (!whole?.upToDate || whole.problem !== null) isKnown = false
        for (const { fromMs, toMs } of whole ? soundingStretches(whole) : []) {
          heard.push({ fromMs: fromMs + track.startMs, toMs: toMs + track.startMs })
        }
      }
      player.setSilences(silencesOf(isKnown ? heard : [...speech], player.endMs, leastSilenceMs))
    }
    update()
    const stops = [...envelopes.values()].map((store) => store.subscribe(update))
    return () => {
      for (const stop of stops) stop()
    }
  }, [player, tracks, envelopes, speech])
}

/** While it plays, keeps the needle in the window, page by page. */
function useFollowing(
  { player }: Playback,
  window: TimeWindowStore,
  lengthMs: number,
  follows: boolean,
): void {
  useEffect(() => {
    if (!follows) return
    return player.position.subscribe(() => {
      const shown = window.getState()
      if (!shown || !player.getState().playing) return
      const width = shown.toMs - shown.fromMs
      const atMs = player.now()
      if (atMs >= shown.fromMs && atMs < shown.fromMs + turnPageAt * width) return
      window.pan(atMs - newPageAt * width - shown.fromMs, lengthMs)
    })
  }, [player, window, lengthMs, follows])
}

/** Opens at the moment of the URL (`t`, in seconds), and keeps it there as the needle is set down. */
function useMomentInUrl({ player }: Playback): void {
  const { t } = route.useSearch()
  const navigate = route.useNavigate()
  const told = useRef(0)
  const tell = useRef((_ms: number) => {})
  tell.current = (ms) =>
    void navigate({ search: (before) => ({ ...before, t: (ms / 1000).toFixed(2) }), replace: true })
  // biome-ignore lint/correctness/useExhaustiveDependencies: later moments of the URL are the needle's own
  useEffect(() => {
    if (t === undefined || Number.isNaN(Number(t))) return
    told.current = Number(t) * 1000
    player.seek(told.current)
  }, [player])
  // Nothing of the page is rendered for it: sound starts before the address tells.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = player.subscribe(() => {
      const { positionMs } = player.getState()
      clearTimeout(timer)
      if (told.current === positionMs) return
      timer = setTimeout(() => {
        told.current = positionMs
        tell.current(positionMs)
      }, settledMs)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [player])
}
