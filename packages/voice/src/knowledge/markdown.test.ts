import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'

const text = (...lines: string[]) => lines.join('\n')

describe('readMarkdown', () => {
  test('gives what stands under each heading, with the headings above it', () => {
    const sections = readMarkdown(
      text('Before.', '# A', 'One.', '## B', 'Two.', '### C', 'Three.', '## D', 'Four.', '# E', 'Five.'),
    )
    expect(sections).toEqual([
      { headings: [], blocks: ['Before.'] },
      { headings: ['A'], blocks: ['One.'] },
      { headings: ['A', 'B'], blocks: ['Two.'] },
      { headings: ['A', 'B', 'C'], blocks: ['Three.'] },
      { headings: ['A', 'D'], blocks: ['Four.'] },
      { headings: ['E'], blocks: ['Five.'] },
    ])
  })

  test('reads underlined headings, also right below another line', () => {
    expect(
      readMarkdown(text('Last line of a page', 'Title', '=====', 'Words.', '', 'Part', '----', 'More.')),
    ).toEqual([
      { headings: [], blocks: ['Last line of a page'] },
      { headings: ['Title'], blocks: ['Words.'] },
      { headings: ['Title', 'Part'], blocks: ['More.'] },
    ])
  })

  test('keeps the names in headings and drops their marks', () => {
    expect(readMarkdown(text('# The **`min_containers`** [setting](x.html)', 'Words.'))[0]?.headings).toEqual(
      ['The min_containers setting'],
    )
  })

  test('takes no heading from code, and keeps code whole', () => {
    const code = text('```sh', '# not a heading', '', 'run it', '```')
    expect(readMarkdown(text('# A', code))).toEqual([{ headings: ['A'], blocks: [code] }])
    expect(readMarkdown(text('# A', '```', 'cut off'))[0]?.blocks).toEqual([text('```', 'cut off', '```')])
  })

  test('fences indented code, and leaves indented list items alone', () => {
    expect(readMarkdown(text('Run:', '', '    first', '', '    second', '', 'Done.'))[0]?.blocks).toEqual([
      'Run:',
      text('```', 'first', '', 'second', '```'),
      'Done.',
    ])
    expect(readMarkdown(text('- a', '', '    goes on'))[0]?.blocks).toEqual(['- a', '    goes on'])
  })

  test('reduces links to their text, and leaves out images, comments, tags, rules and menus', () => {
    const sections = readMarkdown(
      text(
        'See [the guide](guide.html) <b>now</b>.<!-- secret -->',
        '',
        '![logo](l.svg) © 2025',
        '',
        '[A](a) [B](b)',
        '[C](c)',
        '',
        '---',
        '',
        'End.',
      ),
    )
    expect(sections).toEqual([{ headings: [], blocks: ['See the guide now.', 'End.'] }])
  })

  test('skips front matter, a byte order mark and the rule of a table', () => {
    expect(
      readMarkdown(text('\uFEFF---', 'title: x', '---', '| a | b |', '| --- | --- |', '| c | d |')),
    ).toEqual([{ headings: [], blocks: [text('| a | b |', '| c | d |')] }])
  })

  test('reads any text without failing, and gives no empty section', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constantFrom('# ', '```', '---', '    x', '- y', '', '===', '| - |'), fc.string()),
        ),
        (lines) => {
          for (const section of readMarkdown(lines.join('\n'))) expect(section.blocks).not.toEqual([])
        },
      ),
    )
  })
})
