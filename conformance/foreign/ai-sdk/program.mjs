// An application that asks a language model in every way the AI SDK knows.
import { readFileSync } from 'node:fs'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { embed, generateText, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'

const call = JSON.parse(readFileSync(process.env.VOXTRACE_CALL, 'utf8'))
const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
provider.register()

/** @param telemetry the options of each call that say what is recorded, which versions name differently */
export async function run(telemetry) {
  const stub = createOpenAICompatible({
    name: 'stub',
    baseURL: process.env.OPENAI_BASE_URL,
    includeUsage: true,
  })
  const model = stub('small-model')
  const [time, weather, story] = call.exchanges
  const system = 'You are brief.'

  await generateText({ model, system, prompt: time.user, temperature: 0.2, ...telemetry })

  await streamText({ model, system, prompt: story.user, ...telemetry }).consumeStream()

  await generateText({
    model,
    system,
    prompt: weather.user,
    stopWhen: stepCountIs(3),
    tools: {
      get_weather: tool({
        description: 'Tells the weather in a city.',
        inputSchema: z.object({ city: z.string() }),
        execute: async () => weather.tool.result,
      }),
    },
    ...telemetry,
  })

  await embed({ model: stub.textEmbeddingModel('small-embedding'), value: time.user, ...telemetry })

  await generateText({
    model: stub('missing'),
    system,
    prompt: time.user,
    maxRetries: 0,
    ...telemetry,
  }).catch(() => {})
  await provider.shutdown()
}
