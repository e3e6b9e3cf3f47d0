import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { speakable } from './speakable.ts'

describe('speakable', () => {
  test.each([
    ['**Run** the _first_ one', 'Run the first one.'],
    ['- Use [the guide](https://a.example/b) now.', 'Use the guide now.'],
    ['1. Open https://www.modal.com/docs/x?y=1.', 'Open modal dot com.'],
    ['Call `modal.Image.from_registry()` first.', 'Call modal Image from registry first.'],
    ['Set `--tracking-uri` or `TRACKING_URI`.', 'Set tracking uri or TRACKING URI.'],
    [
      'It takes 350 ms & 10GB (at least), ~5% more.',
      'It takes 350 milliseconds and 10 gigabytes, at least, about 5 percent more.',
    ],
    [
      'It costs $3.50 → cheap, e.g. for CPU/GPU.',
      'It costs 3.50 dollars to cheap, for example, for CPU or GPU.',
    ],
    ['The store (see `x.ts`) keeps it.', 'The store keeps it.'],
    ['Read docs/guide/start.md:', 'Read docs guide start dot md.'],
    ['Great! 🎉', 'Great!'],
    ['Note that it waits.', 'It waits.'],
  ])('%s', (written, spoken) => {
    expect(speakable(written)).toBe(spoken)
  })

  test.each(['', '---', '🎉', '`()`', '[]()'])('has nothing to say of “%s”', (written) => {
    expect(speakable(written)).toBe('')
  })

  test('leaves no marks in any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (written) => {
        expect(speakable(written)).not.toMatch(/[*_`#|<>[\]{}()\\]|https?:/)
      }),
    )
  })
})
