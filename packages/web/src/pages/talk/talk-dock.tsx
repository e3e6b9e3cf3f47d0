import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Icon } from '../../components/icon.tsx'
import { call } from '../../talk/call.ts'
import { type CallState, isInCall } from '../../talk/call-state.ts'
import './talk-dock.css'

/** Mute, end, and a box for those who cannot speak. */
export function TalkDock({ state }: { state: CallState }) {
  const { phase, microphone } = state
  const [text, setText] = useState('')
  const isBusy = phase === 'asking' || phase === 'connecting'
  const hasMicrophone = microphone === 'open' || microphone === 'muted' || microphone === 'silent'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!text.trim()) return
    call.say(text)
    setText('')
  }
  return (
    <div className="talk-dock">
      <div>
        {isInCall(phase) && hasMicrophone && (
          <button
            type="button"
            className="button"
            aria-pressed={microphone === 'muted'}
            onClick={() => call.toggleMute()}
          >
            <Icon name={microphone === 'muted' ? 'muted' : 'mic'} />
            {microphone === 'muted' ? 'Unmute' : 'Mute'}
          </button>
        )}
        {(isInCall(phase) || isBusy) && (
          <button type="button" className="button danger" onClick={() => call.end()}>
            <Icon name="stop" />
            End
          </button>
        )}
        <form onSubmit={submit}>
          <input
            aria-label="Type instead of speaking"
            placeholder="Or type a question"
            value={text}
            maxLength={4000}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button square" aria-label="Send" disabled={!text.trim()}>
            <Icon name="send" />
          </button>
        </form>
        {isInCall(phase) && hasMicrophone && (
          <Device name={state.deviceName} muted={microphone === 'muted'} />
        )}
      </div>
    </div>
  )
}

const barCount = 5

/** The microphone and how loud it is. */
function Device({ name, muted }: { name: string; muted: boolean }) {
  const bars = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const timer = setInterval(() => {
      const recent = call.sound.history.samples.slice(-barCount)
      for (const [index, bar] of [...(bars.current?.children ?? [])].entries()) {
        const level = muted ? 0 : Math.min(1, (recent[index]?.user ?? 0) / 0.12)
        if (bar instanceof HTMLElement) bar.style.height = `${2 + 12 * level}px`
      }
    }, 80)
    return () => clearInterval(timer)
  }, [muted])
  return (
    <span className="talk-device">
      <span className="level-bars" ref={bars} aria-hidden="true">
        {Array.from({ length: barCount }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          <i key={index} />
        ))}
      </span>
      <span className="ellipsis" title={name}>
        {name || 'Microphone'}
      </span>
    </span>
  )
}
