import { describe, expect, test } from 'vitest'
import { completionsAt } from './filter-completion.ts'
import { filterFields, runFilterFields } from './filter-fields.ts'

const fields = filterFields(new Map([['tags.version', new Set(["'v1'", "'v2'"])]]))
/** What is offered at the end of a text. */
const offered = (text: string) =>
  completionsAt(text, text.length, fields).options.map(({ text: option }) => option.trim())

describe('completing a filter', () => {
  test('offers fields first, by any word in them', () => {
    expect(offered('')).toContain('turn.voice_to_voice_ms')
    expect(offered('interr')).toEqual(['turn.interrupted'])
    expect(offered('spoke')).toEqual(['turn.interrupted'])
    expect(offered('vers')).toEqual(['tags.version'])
  })

  test('offers the operators that the field takes', () => {
    expect(offered('turn.interrupted ')).toEqual(['=', '!='])
    expect(offered('execution_time_ms >')).toEqual(['>', '>='])
    expect(offered('status I')).toEqual(['ILIKE', 'IN', 'IS NULL', 'IS NOT NULL'])
  })

  test('offers values that were seen, also in a list', () => {
    expect(offered('status = ')).toEqual(["'OK'", "'ERROR'", "'IN_PROGRESS'"])
    expect(offered("status = 'E")).toEqual(["'ERROR'"])
    expect(offered("tags.version IN ('v1', ")).toEqual(["'v1'", "'v2'"])
  })

  test('goes on after a condition', () => {
    expect(offered("status = 'OK' ")).toEqual(['AND', 'OR'])
    expect(offered('turn.user_text IS NOT NULL a')).toEqual(['AND'])
    expect(offered("NOT (status = 'OK' OR turn.inte")).toEqual(['turn.interrupted'])
  })

  test('replaces what was begun at the caret and leaves the rest', () => {
    const text = "turn.inter AND status = 'OK'"
    const { from, to, options } = completionsAt(text, 10, fields)
    expect(text.slice(0, from) + options[0]?.text + text.slice(to).trimStart()).toBe(
      "turn.interrupted AND status = 'OK'",
    )
  })

  test('has nothing to add to a whole word', () => {
    expect(offered("status = 'ERROR'")).toEqual([])
  })

  test('knows metrics of runs as numbers, and what their parameters were', () => {
    const ofRuns = runFilterFields(
      new Map([
        ['metrics.`llm.ttft_ms`', new Set<string>()],
        ['params.voice', new Set(["'slt'"])],
      ]),
    )
    const options = (text: string) =>
      completionsAt(text, text.length, ofRuns).options.map(({ text: option }) => option.trim())
    expect(options('ttft')).toEqual(['metrics.`llm.ttft_ms`'])
    expect(options('metrics.`llm.ttft_ms` >')).toEqual(['>', '>='])
    expect(options('params.voice = ')).toEqual(["'slt'"])
  })
})
