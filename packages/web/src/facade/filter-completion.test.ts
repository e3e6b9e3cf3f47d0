import { describe, expect, test } from 'vitest'
import { completionsAt } from './filter-completion.ts'
import { filterFields, runFilterFields } from './filter-fields.ts'
import { filterOfWords, runFilter, traceFilter } from './filter-language.ts'

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

describe('words that are no filter', () => {
  const wanted = (text: string) => filterOfWords(text, traceFilter, fields)

  test('are searched for, an id as the id', () => {
    expect(wanted(' cold starts ')).toBe("text ILIKE '%cold starts%'")
    expect(wanted("it's in and out")).toBe("text ILIKE '%it''s in and out%'")
    expect(wanted('4b588ee476dbb8cbca38a20c11c77b86')).toBe(
      "request_id = 'tr-4b588ee476dbb8cbca38a20c11c77b86'",
    )
    expect(filterOfWords('heron', runFilter, runFilterFields(new Map()))).toBe("run_name ILIKE '%heron%'")
  })

  test('are not taken for words where a filter was begun', () => {
    for (const text of ['', 'status', 'turn.nope', 'turn.nope > 3', "name LIKE '%a", "sttus = 'OK'"])
      expect(wanted(text), text).toBeNull()
  })
})
