import { VoxtraceError } from '@voxtrace/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComparisonNode, FilterEntity, FilterNode } from './filter-node.ts'
import { parseFilter } from './parse-filter.ts'

/** The conditions of a filter, without their places. */
function conditions(text: string, entity: FilterEntity) {
  return leaves(parseFilter(text, entity)).map(({ field, condition }) => ({ ...field, ...condition }))
}

function leaves(node: FilterNode): ComparisonNode[] {
  if (node.kind === 'comparison') return [node]
  return node.kind === 'not' ? leaves(node.operand) : node.operands.flatMap(leaves)
}

function messageOf(text: string, entity: FilterEntity): string {
  try {
    parseFilter(text, entity)
  } catch (error) {
    if (error instanceof VoxtraceError && error.code === 'INVALID_PARAMETER_VALUE') return error.message
    throw error
  }
  return 'no error'
}

/** Text of any characters but NUL, halves of surrogate pairs included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 127 }), fc.integer({ min: 128, max: 0xffff })), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes))

describe('filters beyond MLflow', () => {
  it('name what judges scored, models and first tokens', () => {
    expect(
      conditions("score.`judge.tone` < 2 AND span.model = 'm' AND span.first_token_ms IS NOT NULL", 'traces'),
    ).toEqual([
      { type: 'score', key: 'judge.tone', operator: '<', value: 2 },
      { type: 'span', key: 'model', operator: '=', value: 'm' },
      { type: 'span', key: 'first_token_ms', operator: 'IS NOT NULL' },
    ])
    expect(messageOf("score.`judge.tone` = 'high'", 'traces')).toContain('Expected numeric value')
  })
})

describe("MLflow's filters", () => {
  it('takes an empty text for everything', () => {
    expect(parseFilter('', 'traces')).toEqual({ kind: 'and', operands: [] })
    expect(parseFilter(' \n\t', 'runs')).toEqual({ kind: 'and', operands: [] })
  })

  it('joins conditions by AND in any case of letters', () => {
    const node = parseFilter("metrics.acc > 0.9 and params.model = 'cnn' AND status = 'FINISHED'", 'runs')
    expect(node).toMatchObject({ kind: 'and' })
    expect(leaves(node).map((leaf) => leaf.field)).toEqual([
      { type: 'metric', key: 'acc' },
      { type: 'param', key: 'model' },
      { type: 'run_attribute', key: 'status' },
    ])
  })

  it.each([
    ["name = 'a'", { type: 'experiment_attribute', key: 'name', operator: '=', value: 'a' }],
    [
      "attribute.name LIKE '%a_'",
      { type: 'experiment_attribute', key: 'name', operator: 'LIKE', value: '%a_' },
    ],
    [
      'creation_time >= 17',
      { type: 'experiment_attribute', key: 'creation_time', operator: '>=', value: 17 },
    ],
    ["tags.`my key` != 'x'", { type: 'tag', key: 'my key', operator: '!=', value: 'x' }],
  ])('reads %s for experiments', (text, expected) => {
    expect(conditions(text, 'experiments')).toEqual([expected])
  })

  it.each([
    ['metric.loss < 1e-3', { type: 'metric', key: 'loss', operator: '<', value: 0.001 }],
    ['metrics.a = -1.5', { type: 'metric', key: 'a', operator: '=', value: -1.5 }],
    ['metrics."f1 score" >= .5', { type: 'metric', key: 'f1 score', operator: '>=', value: 0.5 }],
    ['metrics.judge.tone <= 3', { type: 'metric', key: 'judge.tone', operator: '<=', value: 3 }],
    ["parameters.lr ilike '0.%'", { type: 'param', key: 'lr', operator: 'ILIKE', value: '0.%' }],
    [
      'tags.mlflow.source.name = "x.py"',
      { type: 'tag', key: 'mlflow.source.name', operator: '=', value: 'x.py' },
    ],
    ['tag.note IS NULL', { type: 'tag', key: 'note', operator: 'IS NULL' }],
    ['params.note is not null', { type: 'param', key: 'note', operator: 'IS NOT NULL' }],
    ["attr.`Run Name` = 'r'", { type: 'run_attribute', key: 'run_name', operator: '=', value: 'r' }],
    ['"run name" = \'r\'', { type: 'run_attribute', key: 'run_name', operator: '=', value: 'r' }],
    ['Created > 5', { type: 'run_attribute', key: 'start_time', operator: '>', value: 5 }],
    ["run_id IN ('a', 'b')", { type: 'run_attribute', key: 'run_id', operator: 'IN', values: ['a', 'b'] }],
    ["run.run_id not in ('a')", { type: 'run_attribute', key: 'run_id', operator: 'NOT IN', values: ['a'] }],
    ["datasets.name IN ('a')", { type: 'dataset', key: 'name', operator: 'IN', values: ['a'] }],
    ["dataset.context = 'train'", { type: 'dataset', key: 'context', operator: '=', value: 'train' }],
  ])('reads %s for runs', (text, expected) => {
    expect(conditions(text, 'runs')).toEqual([expected])
  })

  it.each([
    ["trace.status = 'OK'", { type: 'trace_attribute', key: 'status', operator: '=', value: 'OK' }],
    ['timestamp > 17', { type: 'trace_attribute', key: 'timestamp_ms', operator: '>', value: 17 }],
    [
      'attributes.execution_time<17',
      { type: 'trace_attribute', key: 'execution_time_ms', operator: '<', value: 17 },
    ],
    ["name RLIKE '^a.*b$'", { type: 'trace_attribute', key: 'name', operator: 'RLIKE', value: '^a.*b$' }],
    [
      "request_id IN ('tr-1','tr-2')",
      { type: 'trace_attribute', key: 'request_id', operator: 'IN', values: ['tr-1', 'tr-2'] },
    ],
    ["prompt = 'p/1'", { type: 'trace_attribute', key: 'prompt', operator: '=', value: 'p/1' }],
    ["text LIKE '%hi%'", { type: 'span', key: 'content', operator: 'LIKE', value: '%hi%' }],
    ["span.type IN ('LLM')", { type: 'span', key: 'type', operator: 'IN', values: ['LLM'] }],
    [
      "span.attributes.llm.model = 'm'",
      { type: 'span_attribute', key: 'llm.model', operator: '=', value: 'm' },
    ],
    ["span.attributes.`a b` != 'm'", { type: 'span_attribute', key: 'a b', operator: '!=', value: 'm' }],
    [
      "request_metadata.mlflow.trace.session = 's'",
      { type: 'metadata', key: 'mlflow.trace.session', operator: '=', value: 's' },
    ],
    [
      "metadata.`mlflow.sourceRun` = 's'",
      { type: 'metadata', key: 'mlflow.sourceRun', operator: '=', value: 's' },
    ],
    ['metadata.x IS NOT NULL', { type: 'metadata', key: 'x', operator: 'IS NOT NULL' }],
    ["feedback.correctness = 'yes'", { type: 'feedback', key: 'correctness', operator: '=', value: 'yes' }],
    ['feedback.judge.tone < 3', { type: 'feedback', key: 'judge.tone', operator: '<', value: 3 }],
    ['expectation.polite = true', { type: 'expectation', key: 'polite', operator: '=', value: true }],
    ['turn.voice_to_voice_ms > 1500', { type: 'turn', key: 'voice_to_voice_ms', operator: '>', value: 1500 }],
    [
      'turn.latency.first_token_ms > 200',
      { type: 'turn', key: 'latency.first_token_ms', operator: '>', value: 200 },
    ],
    ['turn.interrupted = true', { type: 'turn', key: 'interrupted', operator: '=', value: true }],
    ["turn.interrupted = 'False'", { type: 'turn', key: 'interrupted', operator: '=', value: false }],
    [
      "turn.user_text ILIKE '%refund%'",
      { type: 'turn', key: 'user_text', operator: 'ILIKE', value: '%refund%' },
    ],
  ])('reads %s for traces', (text, expected) => {
    expect(conditions(text, 'traces')).toEqual([expected])
  })

  it('keeps quotes and keywords inside values', () => {
    expect(conditions("name = 'it''s AND OR (x)'", 'traces')[0]).toMatchObject({ value: "it's AND OR (x)" })
    expect(conditions("name = 'it\\'s'", 'traces')[0]).toMatchObject({ value: "it's" })
    expect(conditions(`name = "it's"`, 'traces')[0]).toMatchObject({ value: "it's" })
  })

  it('reads any text it is given as a value, quoted', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        fc.pre(!value.endsWith('\\') && !value.includes("\\'"))
        const text = `tags.k = '${value.replaceAll("'", "''")}'`
        expect(conditions(text, 'traces')[0]).toMatchObject({ value })
      }),
    )
  })
})

describe('beyond MLflow', () => {
  it('reads OR, NOT and parentheses, AND binding closer than OR', () => {
    const shape = (node: FilterNode): unknown =>
      node.kind === 'comparison'
        ? 'key' in node.field && node.field.key
        : node.kind === 'not'
          ? { not: shape(node.operand) }
          : { [node.kind]: node.operands.map(shape) }
    expect(shape(parseFilter("tag.a='1' OR tag.b='1' AND NOT tag.c='1'", 'traces'))).toEqual({
      or: ['a', { and: ['b', { not: 'c' }] }],
    })
    expect(shape(parseFilter("(tag.a='1' OR tag.b='1') AND tag.c='1'", 'traces'))).toEqual({
      and: [{ or: ['a', 'b'] }, 'c'],
    })
  })

  it('tells where each condition begins', () => {
    const text = "status = 'OK' AND name = 'a'"
    expect(leaves(parseFilter(text, 'traces')).map((leaf) => leaf.position)).toEqual([
      0,
      text.indexOf('name'),
    ])
  })
})

describe('mistakes', () => {
  it.each<[string, FilterEntity, RegExp]>([
    [
      'foo = 1',
      'runs',
      /^Invalid attribute key 'foo' specified\. Valid keys are .*'run_id'.* \(at character 1\)$/,
    ],
    [
      "bar.x = 'y'",
      'runs',
      /^Invalid entity type 'bar'\. Valid values are 'metric', 'parameter', 'tag', 'attribute', 'dataset'/,
    ],
    ["metric.a = 'y'", 'runs', /^Expected numeric value type for metric\.a\. Found 'y' \(at character 12\)$/],
    [
      'param.a = 5',
      'runs',
      /^Expected a quoted string value for param\.a \(e\.g\. 'my-value'\)\. Got value 5/,
    ],
    ['param.a = b', 'runs', /Got value b/],
    ["metric.a LIKE 'y'", 'runs', /^Invalid comparator 'LIKE' not one of '=', '!='/],
    ["status > 'a'", 'runs', /^Invalid comparator '>'/],
    [
      "status IN ('a')",
      'runs',
      /^Only the 'run_id' attribute supports comparison with a list of quoted string values\.$/,
    ],
    ['run_id IN ()', 'runs', /expected a non-empty list of string values, but got empty list/],
    ["run_id IN ('a' 'b')", 'runs', /ill-formed list/],
    ["run_id IN ('a', 5)", 'runs', /got different type in list: 5/],
    ["run_id IN ('a'", 'runs', /ill-formed list/],
    ["dataset.size = 'x'", 'runs', /^Invalid dataset key 'size'/],
    [
      "status = 'OK' status = 'OK'",
      'traces',
      /^Invalid clause\(s\) in filter string: 'status' \(at character 15\)$/,
    ],
    ["status = 'OK' AND", 'traces', /^Invalid clause\(s\) in filter string: the filter ends/],
    ["status = 'OK", 'traces', /a quote ' that is not closed \(at character 10\)$/],
    ["(status = 'OK'", 'traces', /expected '\)' found the end of the filter/],
    ['status', 'traces', /^Invalid comparison clause\. Expected comparison/],
    ["status = 'OK'; DROP TABLE x", 'traces', /^Invalid clause\(s\) in filter string: '; DROP TABLE x'/],
    ["prompt LIKE 'x'", 'traces', /^Invalid comparator 'LIKE' not one of '='/],
    ['turn.interrupted = 3', 'traces', /^Expected true or false for turn\.interrupted/],
    ["turn.voice_to_voice_ms > '5'", 'traces', /^Expected numeric value type/],
    ["span.foo = 'x'", 'traces', /^Invalid span key 'foo'/],
    ['turn.number = 1', 'runs', /^Invalid entity type 'turn'/],
    ['tag.a == 1', 'traces', /Got value =/],
    ["tag.a = '\0'", 'traces', /a NUL character \(at character 10\)/],
    ["tag. = 'x'", 'traces', /^Invalid clause/],
  ])('says what is wrong with %s', (text, entity, message) => {
    expect(messageOf(text, entity)).toMatch(message)
  })

  it('refuses what is nested or written without end', () => {
    expect(messageOf(`${'('.repeat(5000)}status = 'OK'`, 'traces')).toMatch(/nested deeper than 100/)
    expect(messageOf(`${'NOT '.repeat(5000)}status = 'OK'`, 'traces')).toMatch(/nested deeper than 100/)
    expect(messageOf('x'.repeat(100_001), 'traces')).toMatch(/has 100001 characters/)
  })

  it('takes a long filter', () => {
    const text = Array.from({ length: 2000 }, (_, index) => `tags.k${index} = 'v'`).join(' AND ')
    expect(conditions(text, 'traces')).toHaveLength(2000)
  })

  it('answers any text at all with a tree or a clear error', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '`',
        '(',
        ')',
        ',',
        '=',
        '<',
        '.',
        ' ',
        '\\',
        'AND',
        'OR',
        'NOT',
        'IN',
        'IS',
        'NULL',
      ),
      fc.constantFrom(
        'tag.a',
        'status',
        'turn.number',
        "'x'",
        '5',
        'LIKE',
        'span.attributes.k',
        'feedback.f',
      ),
      anyText,
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 30 }),
        fc.constantFrom<FilterEntity>('experiments', 'runs', 'traces'),
        (all, entity) => {
          messageOf(all.join(' '), entity)
          messageOf(all.join(''), entity)
        },
      ),
      { numRuns: 500 },
    )
  })
})
