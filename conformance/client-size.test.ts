import { expect, it } from 'vitest'
import { clientSize } from '../bench/client/size.ts'

it('the core of the client is under 15 KB, minified and gzipped', async () => {
  const { core, withSending } = await clientSize()
  expect(core).toBeLessThan(15_000)
  expect(withSending).toBeLessThan(27_500)
})
