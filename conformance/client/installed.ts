import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleClient, client } from '../../scripts/client-modules.ts'

/** Puts the built client into a `node_modules`, as npm would install it. Gives its folder. */
export async function installClient(modules: string): Promise<string> {
  const installed = join(modules, '@voxtrace/client')
  for (const [folder, format, type] of [
    ['esm', 'es', 'module'],
    ['cjs', 'cjs', 'commonjs'],
  ] as const) {
    await bundleClient(join(installed, 'dist', folder), format)
    await writeFile(join(installed, 'dist', folder, 'package.json'), JSON.stringify({ type }))
  }
  await cp(join(client, 'package.json'), join(installed, 'package.json'))
  return installed
}

/** What the client depends on, as npm would install it beside it. */
export async function installDependencies(modules: string): Promise<void> {
  await mkdir(modules, { recursive: true })
  const theirs = join(import.meta.dirname, '../../node_modules/@opentelemetry')
  await symlink(theirs, join(modules, '@opentelemetry'), 'junction')
}
