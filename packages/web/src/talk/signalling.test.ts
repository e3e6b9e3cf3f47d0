import { expect, it } from 'vitest'
import { refusalOf } from './signalling.ts'

it('tells a busy bot from one that does not run', () => {
  const busy = refusalOf(
    503,
    JSON.stringify({
      error: 'TEMPORARILY_UNAVAILABLE',
      message: 'The bot is busy: all 4 of its lines are taken.',
    }),
  )
  expect(busy).toMatchObject({ kind: 'busy', message: expect.stringContaining('lines are taken') })
  const down = refusalOf(
    503,
    JSON.stringify({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The voice bot does not answer.' }),
  )
  expect(down).toMatchObject({ kind: 'down', message: 'The voice bot does not answer.' })
})

it('says something of use when the refusal cannot be read', () => {
  expect(refusalOf(502, '<html>Bad Gateway</html>')).toMatchObject({ kind: 'down' })
  expect(refusalOf(400, '')).toMatchObject({ kind: 'refused', message: expect.stringContaining('400') })
})
