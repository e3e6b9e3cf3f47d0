#!/usr/bin/env node
import { styleText } from 'node:util'
import { createProgram } from './program.ts'
import { asUserError } from './services/run-service.ts'

try {
  await createProgram(process.env).parseAsync()
} catch (error) {
  const known = asUserError(error)
  if (known === null) throw error
  console.error(`${styleText('red', 'error:', { stream: process.stderr })} ${known.message}`)
  if (known.advice) console.error(known.advice)
  process.exit(1)
}
