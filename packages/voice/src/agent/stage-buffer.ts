import type { StageEnd, StageName, StageRecorder, StageStart, TurnRecorder } from './recorder.ts'

interface BufferedStage {
  name: StageName
  startMs: number
  start: StageStart | undefined
  end: { endMs: number; end: StageEnd | undefined } | null
  live: StageRecorder | null
}

/**
 * Keeps the stages of an answer that may yet be thrown away. Once it is given a turn, what happened is recorded
 * there with its true times, and what happens next is recorded as it happens.
 */
export class StageBuffer {
  readonly #stages: BufferedStage[] = []
  #turn: TurnRecorder | null = null

  stage(name: StageName, startMs: number, start?: StageStart): StageRecorder {
    const stage: BufferedStage = {
      name,
      startMs,
      start,
      end: null,
      live: this.#turn?.stage(name, startMs, start) ?? null,
    }
    if (!stage.live) this.#stages.push(stage)
    return {
      end(endMs, end) {
        if (stage.live) stage.live.end(endMs, end)
        else stage.end ??= { endMs, end }
      },
    }
  }

  attach(turn: TurnRecorder): void {
    if (this.#turn) return
    this.#turn = turn
    for (const stage of this.#stages.splice(0)) {
      stage.live = turn.stage(stage.name, stage.startMs, stage.start)
      if (stage.end) stage.live.end(stage.end.endMs, stage.end.end)
    }
  }
}
