#!/usr/bin/env node
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'

// Compiled code is kept from one run to the next, for services and their threads too. It is kept where only the user
// writes: who can write it can make us run it.
process.env.NODE_COMPILE_CACHE ??= join(homedir(), '.cache', 'voxtrace', 'code')
module.enableCompileCache()

const { createProgram } = await import('./program.ts')
const { asUserError } = await import('./services/run-service.ts')
try {
  await createProgram(process.env).parseAsync()
} catch (error) {
  const known = asUserError(error)
  if (known === null) throw error
  console.error(`${styleText('red', 'error:', { stream: process.stderr })} ${known.message}`)
  if (known.advice) console.error(known.advice)
  process.exit(1)
}
