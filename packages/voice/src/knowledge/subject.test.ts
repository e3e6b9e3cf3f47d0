import { expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'
import { subjectOf } from './subject.ts'

test.each([
  ['/a/modal_docs.txt', 'Introduction\n====\nModal runs code. Use modal.', 'Modal'],
  ['/a/docs', '# Voxtrace: the house\nVoxtrace records.', 'Voxtrace'],
  ['/a/docs', '# The Acme Rocket guide\nAn Acme Rocket flies.', 'Acme Rocket'],
  ['https://docs.acme.example.com/start', '# Start\nWith Example you build.', 'Example'],
  ['/a/docs', '# Getting started\nRun it.', null],
  ['/a/notes-2024', '# Notes\nOn 2024.', null],
  ['/a/stuff', 'Words without a heading.', null],
])('%s of “%s” is about %s', (source, text, subject) => {
  expect(subjectOf(source, [{ source: 'a.md', sections: readMarkdown(text) }])).toBe(subject)
})

test('nothing is about nothing', () => {
  expect(subjectOf('/a/docs', [])).toBeNull()
})
