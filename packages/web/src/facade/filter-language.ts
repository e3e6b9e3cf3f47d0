import type { Completion } from './filter-completion.ts'
import { type FilterChoice, filterFields, runFilterFields, type SeenValues } from './filter-fields.ts'
import { quotedText } from './filter-text.ts'

/** What is filtered, with what helps to write it. */
export interface FilterLanguage {
  entity: 'traces' | 'runs'
  label: string
  placeholder: string
  examples: readonly Completion[]
  /** The filter that words alone ask for. */
  wordsFilter(words: string): string
  /** What can be named: the fields of the language, then those seen in what is filtered. */
  fieldsOf(seen: SeenValues): FilterChoice[]
}

export const traceFilter: FilterLanguage = {
  entity: 'traces',
  label: 'Filter traces',
  placeholder: 'Words, or a filter such as turn.voice_to_voice_ms > 2000',
  examples: [
    { text: 'turn.voice_to_voice_ms > 2000', meaning: 'a turn that was slow to answer' },
    { text: 'turn.interrupted = true', meaning: 'the user spoke over an answer' },
    { text: "span.status = 'ERROR'", meaning: 'some part failed' },
    { text: 'feedback.`judge.faithfulness` <= 2', meaning: 'an answer not borne out by what was retrieved' },
    { text: "text ILIKE '%cold start%'", meaning: 'something was said or recorded' },
  ],
  wordsFilter: (words) => {
    const id = /^(?:tr-)?([0-9a-f]{32})$/.exec(words)?.[1]
    return id === undefined ? `text ILIKE ${quotedText(`%${words}%`)}` : `request_id = 'tr-${id}'`
  },
  fieldsOf: filterFields,
}

/** Sessions are found by their traces. */
export const sessionFilter: FilterLanguage = {
  ...traceFilter,
  label: 'Filter sessions',
  placeholder: 'Words, or sessions with a trace such as turn.voice_to_voice_ms > 2000',
}

export const runFilter: FilterLanguage = {
  entity: 'runs',
  label: 'Filter runs',
  placeholder: 'A name, or a filter such as metrics.`turn.voice_to_voice_ms` > 2000',
  examples: [
    { text: "status = 'FAILED'", meaning: 'a run that failed' },
    { text: 'metrics.`turn.voice_to_voice_ms` > 2000', meaning: 'the last answer was slow' },
    { text: 'metrics.`judge.faithfulness` <= 2', meaning: 'an answer not borne out by what was retrieved' },
    { text: "params.`llm.model` = 'gpt-4o-mini'", meaning: 'what a run was started with' },
  ],
  wordsFilter: (words) => `run_name ILIKE ${quotedText(`%${words}%`)}`,
  fieldsOf: runFilterFields,
}

/** The filter that a text asks for which is none, since it is words alone; null where it was meant to be one. */
export function filterOfWords(
  text: string,
  language: FilterLanguage,
  fields: readonly FilterChoice[],
): string | null {
  const words = text.trim()
  const [first = ''] = words.split(/\s/)
  const isMeantAsFilter =
    /[=<>()`]|\b[RI]?LIKE\b/i.test(words) ||
    /^\w+\.\w/.test(first) ||
    fields.some(({ name }) => name === first)
  return words === '' || isMeantAsFilter ? null : language.wordsFilter(words)
}
