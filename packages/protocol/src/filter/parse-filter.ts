import { quoted, type ResolvedField, resolveField } from './fields.ts'
import type {
  ComparisonNode,
  EqualityOperator,
  FilterCondition,
  FilterEntity,
  FilterLiteral,
  FilterNode,
  FilterOperator,
  OrderOperator,
} from './filter-node.ts'
import { filterError, place, type Token, tokensOf } from './tokens.ts'

/** Parentheses and NOTs nested deeper than this are refused, so that no text overflows the stack. */
const deepestNesting = 100

/**
 * Parses MLflow's filter language for experiments, runs or traces.
 *
 * MLflow's texts are conditions joined by AND. Beyond it there are OR, NOT and parentheses (NOT binds closest, then AND,
 * then OR), numbers for `feedback.` and `span.attributes.`, and `turn.` fields. An empty text is an `and` without
 * operands. Keywords are read in any case. Throws `VoxtraceError` INVALID_PARAMETER_VALUE with MLflow's messages and
 * the place of the mistake.
 */
export function parseFilter(text: string, entity: FilterEntity): FilterNode {
  const parser = new Parser(tokensOf(text), entity)
  return parser.parse()
}

class Parser {
  readonly #tokens: Token[]
  readonly #entity: FilterEntity
  #index = 0
  #depth = 0

  constructor(tokens: Token[], entity: FilterEntity) {
    this.#tokens = tokens
    this.#entity = entity
  }

  parse(): FilterNode {
    if (this.#peek().kind === 'end') return { kind: 'and', operands: [] }
    const node = this.#or()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw this.#invalid(rest)
    return node
  }

  #or(): FilterNode {
    const operands = [this.#and()]
    while (this.#takeKeyword('OR')) operands.push(this.#and())
    return joined('or', operands)
  }

  #and(): FilterNode {
    const operands = [this.#not()]
    while (this.#takeKeyword('AND')) operands.push(this.#not())
    return joined('and', operands)
  }

  #not(): FilterNode {
    const token = this.#peek()
    if (++this.#depth > deepestNesting) {
      throw filterError(`The filter is nested deeper than ${deepestNesting} levels${place(token.position)}`)
    }
    let node: FilterNode
    if (this.#takeKeyword('NOT')) node = { kind: 'not', operand: this.#not() }
    else if (token.kind === 'punctuation' && token.text === '(') {
      this.#index++
      node = this.#or()
      this.#expectPunctuation(')')
    } else node = this.#comparison()
    this.#depth--
    return node
  }

  #comparison(): ComparisonNode {
    const name = this.#next()
    if (name.kind !== 'name') throw this.#invalid(name)
    const resolved = resolveField(name.segments, this.#entity, name.position)
    const at = this.#peek()
    const operator = this.#operator()
    if (!resolved.operators.includes(operator)) {
      throw filterError(
        `Invalid comparator '${operator}' not one of ${quoted(resolved.operators)} for ${name.text}${place(at.position)}`,
      )
    }
    const condition = this.#condition(operator, resolved, name.text)
    return { kind: 'comparison', field: resolved.field, condition, position: name.position }
  }

  #operator(): FilterOperator {
    const token = this.#next()
    if (token.kind === 'operator') return operatorOf(token)
    if (this.#is(token, 'LIKE')) return 'LIKE'
    if (this.#is(token, 'ILIKE')) return 'ILIKE'
    if (this.#is(token, 'RLIKE')) return 'RLIKE'
    if (this.#is(token, 'IN')) return 'IN'
    if (this.#is(token, 'NOT') && this.#takeKeyword('IN')) return 'NOT IN'
    if (this.#is(token, 'IS')) {
      const negated = this.#takeKeyword('NOT')
      if (this.#takeKeyword('NULL')) return negated ? 'IS NOT NULL' : 'IS NULL'
    }
    throw filterError(
      `Invalid comparison clause. Expected comparison found '${token.text}'${place(token.position)}`,
    )
  }

  #condition(operator: FilterOperator, resolved: ResolvedField, name: string): FilterCondition {
    switch (operator) {
      case 'IS NULL':
      case 'IS NOT NULL':
        return { operator }
      case 'IN':
      case 'NOT IN':
        if (resolved.listRefusal !== undefined) throw filterError(resolved.listRefusal)
        return { operator, values: this.#list() }
      case 'LIKE':
      case 'ILIKE':
      case 'RLIKE': {
        const token = this.#next()
        const value = textOf(token)
        if (value === null) throw expectedText(token, name)
        return { operator, value }
      }
      case '=':
      case '!=':
        return { operator, value: this.#literal(resolved, name) }
      default: {
        const token = this.#next()
        if (token.kind !== 'number') throw expectedNumber(token, name)
        return { operator, value: token.value }
      }
    }
  }

  #literal(resolved: ResolvedField, name: string): FilterLiteral {
    const token = this.#next()
    if (resolved.value === 'number') {
      if (token.kind !== 'number') throw expectedNumber(token, name)
      return token.value
    }
    const truth = this.#is(token, 'TRUE') ? true : this.#is(token, 'FALSE') ? false : null
    if (resolved.value === 'boolean') {
      const value = truth ?? booleanText(textOf(token))
      if (value === null) {
        throw filterError(`Expected true or false for ${name}. Found ${token.text}${place(token.position)}`)
      }
      return value
    }
    const text = textOf(token)
    if (text !== null) return checkedText(text, resolved, token)
    if (resolved.value === 'any') {
      if (token.kind === 'number') return token.value
      if (truth !== null) return truth
    }
    throw expectedText(token, name)
  }

  #list(): string[] {
    const open = this.#peek()
    this.#expectPunctuation('(')
    const values: string[] = []
    for (;;) {
      const token = this.#next()
      if (token.kind === 'punctuation' && token.text === ')') {
        if (values.length > 0) return values
        throw filterError(
          'While parsing a list in the query, expected a non-empty list of string values, but got empty list' +
            place(open.position),
        )
      }
      const value = textOf(token)
      if (value === null) {
        throw filterError(
          'While parsing a list in the query, expected string value, punctuation, or whitespace, but got different ' +
            `type in list: ${token.text}${place(token.position)}`,
        )
      }
      values.push(value)
      const after = this.#peek()
      if (after.kind === 'punctuation' && after.text === ',') this.#index++
      else if (after.kind !== 'punctuation' || after.text !== ')') {
        throw filterError(
          'While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.' +
            place(after.position),
        )
      }
    }
  }

  #expectPunctuation(text: string): void {
    const token = this.#next()
    if (token.kind === 'punctuation' && token.text === text) return
    const found = token.kind === 'end' ? 'the end of the filter' : `'${token.text}'`
    throw filterError(
      `Invalid clause(s) in filter string: expected '${text}' found ${found}${place(token.position)}`,
    )
  }

  #peek(): Token {
    const token = this.#tokens[this.#index] ?? this.#tokens.at(-1)
    if (token === undefined) throw filterError('The filter has no tokens')
    return token
  }

  #next(): Token {
    const token = this.#peek()
    this.#index++
    return token
  }

  #takeKeyword(word: string): boolean {
    if (!this.#is(this.#peek(), word)) return false
    this.#index++
    return true
  }

  #is(token: Token, word: string): boolean {
    const only = token.kind === 'name' && token.segments.length === 1 ? token.segments[0] : undefined
    return only !== undefined && !only.quoted && only.value.toUpperCase() === word
  }

  #invalid(token: Token) {
    const found = token.kind === 'end' ? 'the filter ends where a condition should be' : `'${token.text}'`
    return filterError(`Invalid clause(s) in filter string: ${found}${place(token.position)}`)
  }
}

function joined(kind: 'and' | 'or', operands: FilterNode[]): FilterNode {
  const [only] = operands
  return operands.length === 1 && only !== undefined ? only : { kind, operands }
}

function operatorOf(token: Token): EqualityOperator | OrderOperator {
  switch (token.text) {
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return token.text
    default:
      throw filterError(
        `Invalid comparison clause. Expected comparison found '${token.text}'${place(token.position)}`,
      )
  }
}

/** The text of a value in single or double quotes; null for anything else. */
function textOf(token: Token): string | null {
  if (token.kind === 'string') return token.value
  const only = token.kind === 'name' && token.segments.length === 1 ? token.segments[0] : undefined
  return only?.quoted && token.text.startsWith('"') ? only.value : null
}

function checkedText(text: string, { field }: ResolvedField, token: Token): string {
  const isPrompt = field.type === 'trace_attribute' && field.key === 'prompt'
  if (!isPrompt || /^[^/]+\/[^/]+$/.test(text)) return text
  throw filterError(
    `Invalid prompts filter value '${text}'. Expected format: prompt = "name/version"${place(token.position)}`,
  )
}

function booleanText(text: string | null): boolean | null {
  const lower = text?.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : null
}

function expectedNumber(token: Token, name: string) {
  return filterError(
    `Expected numeric value type for ${name}. Found ${token.text || 'the end of the filter'}${place(token.position)}`,
  )
}

function expectedText(token: Token, name: string) {
  const found = token.text || 'the end of the filter'
  return filterError(
    `Expected a quoted string value for ${name} (e.g. 'my-value'). Got value ${found}${place(token.position)}`,
  )
}
