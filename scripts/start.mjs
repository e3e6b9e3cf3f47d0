// `npm start`: sets a fresh clone up, then runs `voxtrace` with the given arguments.
import { runPinned, setup } from './setup.mjs'

await setup()
process.exit(await runPinned(['packages/cli/src/bin.ts', ...process.argv.slice(2)]))
