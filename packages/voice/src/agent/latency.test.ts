import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TurnMoments, turnLatency } from './latency.ts'

const start = 1_800_000_000_000
const hidden: TurnMoments = {
  speechEndMs: start,
  speechEndDetectedMs: start + 256,
  transcriptReadyMs: start + 140,
  committedMs: start + 260,
  retrievedMs: start + 145,
  firstTokenMs: start + 150,
  firstClauseMs: start + 160,
  firstAudibleMs: start + 280,
}

describe('turnLatency', () => {
  it('counts work that was done while the end of the turn was waited for as no waiting', () => {
    expect(turnLatency(hidden, null)).toEqual({
      voiceToVoiceMs: 280,
      parts: {
        end_of_utterance: 260,
        speech_to_text: 0,
        rag_retrieval: 0,
        first_token: 0,
        first_clause: 0,
        first_audio: 20,
      },
    })
  })

  it('names the transcription when the turn waited for it', () => {
    const { parts } = turnLatency(
      {
        ...hidden,
        transcriptReadyMs: start + 600,
        committedMs: start + 605,
        firstAudibleMs: start + 650,
      },
      null,
    )
    expect(parts.end_of_utterance).toBe(256)
    expect(parts.speech_to_text).toBe(349)
  })

  it('names the model when its first token was waited for', () => {
    const { parts } = turnLatency(
      {
        ...hidden,
        retrievedMs: start + 270,
        firstTokenMs: start + 700,
        firstClauseMs: start + 720,
        firstAudibleMs: start + 800,
      },
      null,
    )
    expect(parts).toMatchObject({ rag_retrieval: 10, first_token: 430, first_clause: 20, first_audio: 80 })
  })

  it('adds the way of the sound to the user and back, which the user waits for too', () => {
    const { voiceToVoiceMs, parts } = turnLatency(hidden, 42.125)
    expect([voiceToVoiceMs, parts.first_audio, parts.network]).toEqual([322.125, 20, 42.125])
    expect(turnLatency(hidden, null).parts).not.toHaveProperty('network')
  })

  it('leaves out what was not measured', () => {
    expect(turnLatency({ ...hidden, retrievedMs: null }, null).parts).not.toHaveProperty('rag_retrieval')
    expect(turnLatency({ ...hidden, speechEndMs: null }, null)).toEqual({ voiceToVoiceMs: null, parts: {} })
    expect(turnLatency({ ...hidden, firstAudibleMs: null }, null)).toEqual({
      voiceToVoiceMs: null,
      parts: {},
    })
  })

  it('gives parts that are never negative and sum to the whole exactly', () => {
    const moment = fc.option(fc.double({ min: start, max: start + 5_000, noNaN: true }), { nil: null })
    const moments = fc.record({
      speechEndMs: moment,
      speechEndDetectedMs: moment,
      transcriptReadyMs: moment,
      committedMs: moment,
      retrievedMs: moment,
      firstTokenMs: moment,
      firstClauseMs: moment,
      firstAudibleMs: moment,
    })
    fc.assert(
      fc.property(moments, fc.option(fc.double({ min: 0, max: 5_000, noNaN: true })), (some, roundTripMs) => {
        const { voiceToVoiceMs, parts } = turnLatency(some, roundTripMs)
        if (voiceToVoiceMs === null) return
        const values = Object.values(parts)
        expect(values.every((value) => value >= 0)).toBe(true)
        expect(values.reduce((sum, value) => sum + value, 0)).toBe(voiceToVoiceMs)
      }),
    )
  })
})
