import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sentences } from './sentences.ts'
import { words } from './words.ts'

describe('sentences', () => {
  test('end with a full stop, a question mark, an exclamation mark or an ellipsis', () => {
    expect(sentences('It works. Does it? Yes! Well… Fine')).toEqual([
      'It works.',
      'Does it?',
      'Yes!',
      'Well…',
      'Fine',
    ])
  })

  test('end in lower-case transcripts too', () => {
    expect(sentences('hello there. how are you')).toEqual(['hello there.', 'how are you'])
  })

  test.each([
    ['Ask Dr. Smith about it. He knows.', ['Ask Dr. Smith about it.', 'He knows.']],
    ['Use a store, e.g. Postgres, or none.', ['Use a store, e.g. Postgres, or none.']],
    ['Dogs, cats, etc. and birds. Then more.', ['Dogs, cats, etc. and birds.', 'Then more.']],
    ['It has dogs, cats, etc. The rest is birds.', ['It has dogs, cats, etc.', 'The rest is birds.']],
    ['J. R. R. Tolkien wrote it. I read it.', ['J. R. R. Tolkien wrote it.', 'I read it.']],
    ['See No. 5 and p. 12. Done.', ['See No. 5 and p. 12.', 'Done.']],
  ])('are not cut at abbreviations: %s', (text, expected) => {
    expect(sentences(text)).toEqual(expected)
  })

  test('are not cut in numbers, versions, URLs and inline code', () => {
    const text = 'It costs $3.50 in 1.2.3. See https://a.example/b.c?d=e. Call `x. y` first.'
    expect(sentences(text)).toEqual([
      'It costs $3.50 in 1.2.3.',
      'See https://a.example/b.c?d=e.',
      'Call `x. y` first.',
    ])
  })

  test('keep closing quotes and brackets', () => {
    expect(sentences('He said “no.” (He meant it.) Then he left.')).toEqual([
      'He said “no.”',
      '(He meant it.)',
      'Then he left.',
    ])
  })

  test('are the headings, list items and table rows of Markdown, whose lines are joined', () => {
    const text =
      '# Title\nOne line\nof two.\n\n- first\n- second\n  goes on\n\n| a | b |\n| c | d |\n\nUnder\n=====\n'
    expect(sentences(text)).toEqual([
      '# Title',
      'One line of two.',
      '- first',
      '- second goes on',
      '| a | b |',
      '| c | d |',
      'Under',
    ])
  })

  test('keep a fenced code block whole, also when its end is missing', () => {
    expect(sentences('Run:\n```sh\na. b\n\nc\n```\nDone.')).toEqual([
      'Run:',
      '```sh\na. b\n\nc\n```',
      'Done.',
    ])
    expect(sentences('```\nopen. end')).toEqual(['```\nopen. end'])
  })

  test('end without a space in scripts that have none', () => {
    expect(sentences('今日は。元気ですか？はい')).toEqual(['今日は。', '元気ですか？', 'はい'])
  })

  test('lose no word of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(words(sentences(text).join('\n')).sort()).toEqual(
          words(text.replace(/\p{White_Space}+/gu, '\n')).sort(),
        )
      }),
    )
  })

  test('of nothing are none', () => {
    expect(sentences('')).toEqual([])
    expect(sentences(' \n\t\r\n')).toEqual([])
  })
})
