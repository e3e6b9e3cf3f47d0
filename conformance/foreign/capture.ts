// Runs foreign libraries and keeps what they export as fixtures: `node conformance/foreign/capture.ts [NAME...]`.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonObject, Span } from '@voxtrace/model'
import { startCollector } from './collector.ts'
import { install, installed } from './environments.ts'
import { startOpenAiStub } from './openai-stub.ts'
import { otlpJson } from './otlp-json.ts'
import { type Producer, produce, producers } from './producers.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

/** What an exporter tells of the machine it runs on. */
const ofTheMachine = /^(host|process|os|service\.instance)\./

/** The spans without what they tell of the machine, its folders and its ports. */
function scrubbed(span: Span): Span {
  return {
    ...span,
    attributes: object(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: object(event.attributes) })),
    resource: Object.fromEntries(
      Object.entries(object(span.resource)).filter(([key]) => !ofTheMachine.test(key)),
    ),
  }
}

function object(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, withoutPlaces(value)]))
}

function withoutPlaces(value: Json): Json {
  if (typeof value === 'string') {
    return value
      .replaceAll(installed, '/installed')
      .replaceAll(import.meta.dirname, '/scripts')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'stub')
  }
  if (Array.isArray(value)) return value.map(withoutPlaces)
  return typeof value === 'object' && value !== null ? object(value) : value
}

/** Where a span begins; the link of a span begins alike, and has no name. */
const beginOfSpan = /(?=\{"traceId":"[0-9a-f]{32}","spanId":"[0-9a-f]{16}",(?:"parentSpanId"|"name"))/g

/** One span a line, so that what a new version changes can be seen. */
function written(spans: Span[]): string {
  return `${JSON.stringify(otlpJson(spans)).replaceAll(beginOfSpan, '\n')}\n`
}

async function capture(producer: Producer): Promise<void> {
  await install(producer.environment)
  const collector = await startCollector()
  const stub = await startOpenAiStub()
  try {
    await produce(producer, { otlpEndpoint: collector.url, openAiBaseUrl: stub.baseUrl })
    if (collector.spans.length === 0) throw new Error(`${producer.name} exported nothing`)
    await mkdir(fixtures, { recursive: true })
    await writeFile(join(fixtures, `${producer.name}.json`), written(collector.spans.map(scrubbed)))
    console.log(`${producer.name}: ${collector.spans.length} spans`)
  } finally {
    await stub.close()
    await collector.close()
  }
}

const names = process.argv.slice(2)
for (const producer of producers) {
  if (names.length === 0 || names.includes(producer.name)) await capture(producer)
}
