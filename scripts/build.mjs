// `npm run build`: everything that a published package needs and that Git does not keep.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedNode, root, setup } from './setup.mjs'

await setup()
execFileSync(pinnedNode, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
  cwd: root,
  stdio: 'inherit',
})
execFileSync(pinnedNode, [join(root, 'scripts/pack-client.mjs')], { cwd: root, stdio: 'inherit' })
// The installed product answers from its own documentation, as the repository does.
const docs = join(root, 'packages/cli/dist/docs')
rmSync(docs, { recursive: true, force: true })
cpSync(join(root, 'docs'), docs, { recursive: true, filter: (path) => !path.endsWith('.png') })
