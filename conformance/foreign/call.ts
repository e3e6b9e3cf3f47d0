import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const exchange = z.object({
  user: z.string(),
  agent: z.string(),
  tool: z
    .object({ name: z.string(), arguments: z.record(z.string(), z.string()), result: z.string() })
    .optional(),
  /** The user begins to speak again before the agent is done. */
  interrupted: z.boolean().default(false),
})

/** The call that every voice framework holds, so that what they tell of it can be compared. */
export const call = z
  .object({ greeting: z.string(), exchanges: z.array(exchange) })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'call.json'), 'utf8')))
