// `npm test`: sets a fresh clone up, then runs every test. Arguments go to Vitest.
import { join } from 'node:path'
import { root, runPinned, setup } from './setup.mjs'

await setup()
process.exit(await runPinned([join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]))
