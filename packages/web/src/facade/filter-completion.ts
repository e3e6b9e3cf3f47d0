import type { FilterChoice } from './filter-fields.ts'

export interface Completion {
  /** What stands in the text afterwards in place of what was begun. */
  text: string
  meaning: string
}

export interface Completions {
  /** The characters that a completion replaces. */
  from: number
  to: number
  options: Completion[]
}

const operatorsOf: Record<FilterChoice['kind'], [string, string][]> = {
  number: [
    ['>', 'greater than'],
    ['>=', 'at least'],
    ['<', 'less than'],
    ['<=', 'at most'],
    ['=', 'equal to'],
    ['!=', 'other than'],
  ],
  boolean: [
    ['=', 'is'],
    ['!=', 'is not'],
  ],
  text: [
    ['=', 'equal to'],
    ['!=', 'other than'],
    ['LIKE', 'holds, minding case'],
    ['ILIKE', 'holds, in any case'],
    ['RLIKE', 'matches an expression'],
    ['IN', 'is one of'],
    ['IS NULL', 'is not there'],
    ['IS NOT NULL', 'is there'],
  ],
}

const word = /'(?:[^']|'')*'?|"[^"]*"?|(?:`[^`]*`?|[\w./-])+|<=|>=|!=|<>|[<>=(),]/g
const joins: Completion[] = [
  { text: 'AND ', meaning: 'and also' },
  { text: 'OR ', meaning: 'or else' },
]

type Expected = 'field' | 'operator' | 'value' | 'join'

/** What may stand at the caret of a filter text: fields, operators of the field before, its values, AND or OR. */
export function completionsAt(text: string, caret: number, fields: readonly FilterChoice[]): Completions {
  const before = text.slice(0, caret)
  const words = [...before.matchAll(word)]
  const last = words.at(-1)
  const isBegun = last !== undefined && last.index + last[0].length === caret && !/^[(,]$/.test(last[0])
  const begun = isBegun ? last[0] : ''
  const from = caret - begun.length
  const { expected, field } = stateAfter(
    (isBegun ? words.slice(0, -1) : words).map(([found]) => found),
    fields,
  )
  const options = optionsFor(expected, field, fields).filter(({ text: option, meaning }) =>
    begins(option, meaning, begun, expected),
  )
  const isWhole = options.length === 1 && options[0]?.text.trim() === begun
  return { from, to: caret, options: isWhole ? [] : options }
}

function stateAfter(
  words: readonly string[],
  fields: readonly FilterChoice[],
): { expected: Expected; field: FilterChoice | null } {
  let expected: Expected = 'field'
  let field: FilterChoice | null = null
  let isList = false
  for (const each of words) {
    const upper = each.toUpperCase()
    switch (expected) {
      case 'field':
        if (upper === '(' || upper === 'NOT') break
        field = fields.find(({ name }) => name === each) ?? null
        expected = 'operator'
        break
      case 'operator':
        if (upper === 'IS' || upper === 'NOT') break
        if (upper === 'NULL') expected = 'join'
        else {
          isList = upper === 'IN'
          expected = 'value'
        }
        break
      case 'value':
        if (each === '(' || each === ',') break
        if (!isList || each === ')') expected = 'join'
        break
      case 'join':
        if (upper === 'AND' || upper === 'OR') expected = 'field'
    }
  }
  return { expected, field }
}

function optionsFor(
  expected: Expected,
  field: FilterChoice | null,
  fields: readonly FilterChoice[],
): Completion[] {
  switch (expected) {
    case 'field':
      return fields.map(({ name, meaning }) => ({ text: `${name} `, meaning }))
    case 'operator':
      return operatorsOf[field?.kind ?? 'text'].map(([operator, meaning]) => ({
        text: `${operator} `,
        meaning,
      }))
    case 'value':
      return (field?.values ?? []).map((value) => ({ text: `${value} `, meaning: '' }))
    case 'join':
      return joins
  }
}

/** A value is found by what stands inside it from so many characters on. */
const insideFrom = 3

/** A field is also found by a word inside its name or its meaning. */
function begins(option: string, meaning: string, begun: string, expected: Expected): boolean {
  const wanted = begun.toLowerCase().replaceAll(/['"`]/g, '')
  const plain = option.toLowerCase().replaceAll(/['"`]/g, '')
  if (wanted === '') return true
  if (expected === 'field') return plain.includes(wanted) || meaning.toLowerCase().includes(wanted)
  if (plain.startsWith(wanted)) return true
  return expected === 'value' && wanted.length >= insideFrom && plain.includes(wanted)
}
