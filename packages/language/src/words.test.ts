import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentWords } from './content-words.ts'
import { words } from './words.ts'

describe('words', () => {
  test('are in lower case, without what stands between them', () => {
    expect(words('Hello, *World*! `min_containers` re-run App.function')).toEqual([
      'hello',
      'world',
      'min',
      'containers',
      're',
      'run',
      'app',
      'function',
    ])
  })

  test('keep contractions, whichever apostrophe they are written with', () => {
    expect(words('don’t do it’s')).toEqual(["don't", 'do', "it's"])
  })

  test('keep decimals and versions, and write thousands in one way', () => {
    expect(words('1,200.5 of 1,000,000 in v1.2.3 and 3,5')).toEqual([
      '1200.5',
      'of',
      '1000000',
      'in',
      'v',
      '1.2.3',
      'and',
      '3,5',
    ])
  })

  test('are found in scripts without spaces', () => {
    expect(words('今日は元気').length).toBeGreaterThan(1)
  })

  test('are the same for compatible forms', () => {
    expect(words('ﬁle ＡＢＣ')).toEqual(['file', 'abc'])
  })

  test('of words are those words, in scripts with spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 100 }), (text) => {
        const once = words(text)
        expect(words(once.join(' '))).toEqual(once)
      }),
    )
  })
})

describe('contentWords', () => {
  test('are those that carry meaning', () => {
    expect(contentWords('How do I deploy a function to the GPU, please?')).toEqual([
      'deploy',
      'function',
      'gpu',
    ])
    expect(contentWords("What's that?")).toEqual([])
  })
})
