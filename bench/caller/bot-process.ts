/** The bot of a benchmark; its parent is told its address. */
import { fileURLToPath } from 'node:url'
import { startBot } from '@voxtrace/voice'

const bot = await startBot({
  host: '127.0.0.1',
  port: 0,
  trackingUri: process.env.BENCH_TRACKING_URI ?? null,
  cacheDirectory: process.env.BENCH_CACHE ?? '',
  knowledge: fileURLToPath(new URL('../../docs', import.meta.url)),
  knowledgeName: 'my documents',
  maxConversations: Number(process.env.BENCH_CONVERSATIONS),
  log: { debug() {}, info() {}, warn: console.warn, error: console.error },
})
process.once('SIGTERM', async () => {
  await bot.close()
  process.exit(0)
})
process.send?.(bot.url)
