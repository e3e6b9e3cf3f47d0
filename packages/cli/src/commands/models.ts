import { z } from 'zod'
import { probe } from './probe.ts'

const work = z.object({ waiting: z.number(), active: z.number(), failed: z.number() })
const serverStatus = z.object({
  services: z.array(
    z.object({
      service: z.string(),
      details: z.object({ model: z.string().optional() }),
      lastSeenMs: z.number(),
    }),
  ),
  queue: z.object({ turns: work, conversations: work }).nullable(),
})
const botStatus = z.object({
  models: z.object({ stt: z.string(), llm: z.string(), tts: z.string() }),
  conversations: z.object({ active: z.number(), max: z.number() }),
})

/** What judges and talks at a server, each in one line; null where nothing does, or it does not answer. */
export async function readModels(url: string): Promise<{ judge: string | null; bot: string | null }> {
  const [server, bot] = await Promise.all([
    readStatus(`${url}/api/voxtrace/status`, serverStatus),
    readStatus(`${url}/bot/status`, botStatus),
  ])
  const model = server?.services.find(({ service }) => service === 'judge')?.details.model
  const queue = server?.queue
  return {
    judge:
      model === undefined || !queue
        ? null
        : `${model}; ${inWords('turns', queue.turns)}; ${inWords('conversations', queue.conversations)}`,
    bot:
      bot === null
        ? null
        : `${bot.models.stt}, ${bot.models.llm}, ${bot.models.tts}; ${callsNow(bot.conversations)}`,
  }
}

function inWords(things: string, { waiting, active, failed }: z.infer<typeof work>): string {
  return `${waiting} ${things} wait, ${active} are being judged, ${failed} failed`
}

function callsNow({ active, max }: { active: number; max: number }): string {
  return `${active === 0 ? 'no calls' : active === 1 ? '1 call' : `${active} calls`} now, at most ${max}`
}

async function readStatus<Answer>(url: string, schema: z.ZodType<Answer>): Promise<Answer | null> {
  const answer = await probe(url)
  if (!answer.ok) return null
  return schema.safeParse(jsonOf(answer.body)).data ?? null
}

/** Another program on the port may answer anything. */
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
