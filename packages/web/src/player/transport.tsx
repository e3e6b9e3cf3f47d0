import { useSyncExternalStore } from 'react'
import { Icon } from '../components/icon.tsx'
import { formatClock } from '../format/time.ts'
import { useStore } from '../store/observable.ts'
import { type Player, speeds } from './player.ts'
import './transport.css'

interface TransportProps {
  player: Player
  lengthMs: number
  follows: boolean
  onFollow(): void
  onStepTurn(by: number): void
}

/** Play, where the needle is, and how it plays. */
export function Transport({ player, lengthMs, follows, onFollow, onStepTurn }: TransportProps) {
  const { playing, speed, skipSilence, problem } = useStore(player)
  return (
    <div className="transport" role="toolbar" aria-label="Playback">
      <button
        type="button"
        className="button ghost square"
        aria-label="Turn before"
        onClick={() => onStepTurn(-1)}
      >
        <Icon name="previous" />
      </button>
      <button
        type="button"
        className="button square play"
        aria-label={playing ? 'Pause' : 'Play'}
        onClick={() => player.toggle()}
      >
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <button
        type="button"
        className="button ghost square"
        aria-label="Next turn"
        onClick={() => onStepTurn(1)}
      >
        <Icon name="next" />
      </button>
      <span className="moment">
        <Moment player={player} />
        <span className="faint"> / {formatClock(Math.max(lengthMs, player.endMs))}</span>
      </span>
      <label className="speed">
        <span className="visually-hidden">Speed</span>
        <select value={speed} onChange={(event) => player.setSpeed(Number(event.target.value))}>
          {speeds.map((choice) => (
            <option key={choice} value={choice}>
              {choice}×
            </option>
          ))}
        </select>
      </label>
      <span className="ways">
        <button type="button" className="button ghost" aria-pressed={follows} onClick={onFollow}>
          Follow
        </button>
        <button
          type="button"
          className="button ghost"
          aria-pressed={skipSilence}
          onClick={() => player.toggleSkipSilence()}
        >
          Skip silence
        </button>
      </span>
      {problem && (
        <span className="transport-problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  )
}

function Moment({ player }: { player: Player }) {
  return <b>{useSyncExternalStore(player.position.subscribe, () => formatClock(player.now(), 1))}</b>
}
