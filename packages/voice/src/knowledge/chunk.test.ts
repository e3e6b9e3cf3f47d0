import { words } from '@voxtrace/language'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chunk } from './chunk.ts'

const limits = { target: 200, most: 300, overlap: 60 }
const section = (...blocks: string[]) => [{ source: 'a.md', sections: [{ headings: ['A', 'B'], blocks }] }]

describe('chunk', () => {
  test('names a passage by its headings and its source', () => {
    expect(chunk(section('Words.'))).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{24}$/), title: 'A > B', source: 'a.md', text: 'Words.' },
    ])
  })

  test('names a passage without headings by its source', () => {
    expect(chunk([{ source: 'a.md', sections: [{ headings: [], blocks: ['Words.'] }] }])[0]?.title).toBe(
      'a.md',
    )
  })

  test('gives the same id to the same text and another to another', () => {
    const [a] = chunk(section('One.'))
    expect(chunk(section('One.'))[0]?.id).toBe(a?.id)
    expect(chunk(section('Two.'))[0]?.id).not.toBe(a?.id)
  })

  test('keeps one of equal passages', () => {
    expect(chunk([...section('Same.'), ...section('Same.')])).toHaveLength(1)
  })

  test('repeats the last sentence of the passage before, if it is short', () => {
    const [first, second] = chunk(
      section(`${'Long words stand here. '.repeat(8)}The end is here.`, 'It goes on. '.repeat(12)),
      limits,
    )
    expect(first?.text.endsWith('The end is here.')).toBe(true)
    expect(second?.text.startsWith('The end is here.\n\nIt goes on.')).toBe(true)
  })

  test('keeps code with the words before it', () => {
    expect(
      chunk(section(`${'Words. '.repeat(20)}`, `\`\`\`\n${'x\n'.repeat(60)}\`\`\``), limits),
    ).toHaveLength(1)
  })

  test('cuts long code at its lines and fences every part', () => {
    const code = `\`\`\`py\n${Array.from({ length: 60 }, (_, i) => `line_${i}()`).join('\n')}\n\`\`\``
    const passages = chunk(section(code), limits)
    expect(passages.length).toBeGreaterThan(1)
    for (const { text } of passages) expect(text).toMatch(/^```py\nline_\d+\(\)\n(?:.*\n)*```$/)
  })

  test('cuts long lists at their items', () => {
    const list = Array.from({ length: 40 }, (_, i) => `* item ${i} of the list`).join('\n')
    for (const { text } of chunk(section(list), limits))
      expect(text).toMatch(/^(?:\* item \d+ of the list\n?)+$/)
  })

  test('exceeds its limit by the repeated sentence at most, and loses no word', () => {
    const sentence = fc
      .array(fc.constantFrom('a', 'word', 'and', 'another'), { minLength: 1, maxLength: 30 })
      .map((all) => `${all.join(' ')}. `)
    fc.assert(
      fc.property(
        fc.array(fc.array(sentence, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 8 }),
        (paragraphs) => {
          const blocks = paragraphs.map((all, i) => `Paragraph ${i}: ${all.join('').trim()}`)
          const passages = chunk(section(...blocks), limits)
          for (const { text } of passages)
            expect(text.length).toBeLessThanOrEqual(limits.most + limits.overlap + 2)
          const kept = passages.flatMap(({ text }) => words(text))
          for (const [i] of blocks.entries()) expect(kept).toContain(String(i))
          expect(kept.length).toBeGreaterThanOrEqual(blocks.flatMap(words).length)
        },
      ),
    )
  })
})
