import { Fragment, useSyncExternalStore } from 'react'
import type { Sentence } from '../facade/sentences.ts'
import type { Voice } from '../facade/speech.ts'
import type { HeardStore } from './heard.ts'
import './spoken-words.css'

interface SpokenWordsProps {
  turnSpanId: string
  voice: Voice
  sentences: readonly Sentence[]
  heard: HeardStore
  /** Goes there; null where there is nothing to hear. */
  onHear: ((turnSpanId: string, ms: number) => void) | null
}

/** What was said, sentence by sentence: the one at the needle is marked, and each can be heard. */
export function SpokenWords({ turnSpanId, voice, sentences, heard, onHear }: SpokenWordsProps) {
  const at = useSyncExternalStore(heard.subscribe, () => heard.indexIn(turnSpanId, voice))
  return sentences.map(({ text, fromMs }, index) => {
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: sentences are a sequence
      <Fragment key={index}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a text is no row of buttons; the keys move the needle as well */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
        <span
          className={index === at ? 'sentence heard' : 'sentence'}
          title={fromMs === null || !onHear ? undefined : 'Hear it from here'}
          onClick={(event) => {
            if (fromMs === null || !onHear || getSelection()?.isCollapsed === false) return
            event.stopPropagation()
            onHear(turnSpanId, fromMs)
          }}
        >
          {text}
        </span>{' '}
      </Fragment>
    )
  })
}
