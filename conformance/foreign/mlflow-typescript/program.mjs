// An application as MLflow's guides write it, with the SDK that `SDK` names. It prints what the SDK's calls gave, and the ids
// of the traces that it made.
const { SDK, TRACKING_URI: trackingUri, EXPERIMENT_ID: experimentId } = process.env
const sdk = await import(SDK)
const { SpanStatusCode, SpanType } = sdk

sdk.init({ trackingUri, experimentId })

const traceIds = []
const seen = {}

sdk.registerOnSpanStartHook((span) => span.setAttribute('hooked.start', span.name))
sdk.registerOnSpanEndHook((span) => {
  span.allowMutatingEndedSpan = true
  span.setAttribute('hooked.end', [span.name, statusOf(span), span.outputs !== undefined])
})

/** Does a step, and keeps the id of the trace that it made last. */
async function step(name, run) {
  seen[name] = await run()
  const traceId = sdk.getLastActiveTraceId()
  if (!traceIds.includes(traceId)) traceIds.push(traceId)
}

/** A status by the name that the SDK exports it under. */
const statusOf = ({ status }) =>
  Object.keys(SpanStatusCode).find((name) => SpanStatusCode[name] === status?.statusCode)

const facts = (span) => ({
  name: span.name,
  spanType: span.spanType,
  hasParent: span.parentId !== null,
  inputs: span.inputs,
  outputs: span.outputs,
  model: span.getAttribute?.('model'),
  status: statusOf(span),
  traceIdBegins: span.traceId.slice(0, 3),
  spanIdLength: span.spanId.length,
})

await step('a span with children', () => {
  const root = sdk.startSpan({
    name: 'root',
    spanType: SpanType.AGENT,
    inputs: { question: 'Why?', deep: { list: [1, 'two', null, true] } },
  })
  const child = sdk.startSpan({
    name: 'child',
    parent: root,
    spanType: SpanType.LLM,
    attributes: { model: 'small', temperature: 0.5, stream: true },
  })
  child.addEvent({
    name: 'first token',
    attributes: { index: 1 },
    timestamp: BigInt(Date.now()) * 1_000_000n,
  })
  child.setAttribute('stop', ['a', 'b'])
  child.setAttributes({ 'llm.kind': { nested: [1] }, count: 3 })
  child.end({ outputs: { answer: 'Because.' }, attributes: { last: 'one' } })
  const tool = sdk.startSpan({ name: 'tool', parent: child, spanType: SpanType.TOOL })
  tool.setStatus(SpanStatusCode.ERROR, 'no such tool')
  tool.recordException(new TypeError('It is not there.'))
  tool.end()
  root.setOutputs('Because.')
  const open = facts(root)
  root.end()
  return [open, facts(child), facts(tool)]
})

await step('a function in a span', () =>
  sdk.withSpan(
    async (span) => {
      span.setInputs({ city: 'Paris' })
      const inner = await sdk.withSpan(
        async (nested) => {
          sdk.updateCurrentTrace({
            tags: { team: 'voice' },
            metadata: { build: '17' },
            clientRequestId: 'r-1',
          })
          return {
            same: sdk.getCurrentActiveSpan()?.spanId === nested.spanId,
            parent: nested.parentId === span.spanId,
          }
        },
        { name: 'inner', spanType: SpanType.RETRIEVER },
      )
      return { ...inner, active: sdk.getCurrentActiveSpan()?.spanId === span.spanId }
    },
    { name: 'outer', spanType: SpanType.CHAIN, attributes: { kind: 'test' } },
  ),
)

await step('a session and previews', () =>
  sdk.withSpan(() => {
    sdk.updateCurrentTrace({
      sessionId: 's-1',
      user: 'ada',
      requestPreview: 'asked',
      responsePreview: 'answered',
    })
    return 'done'
  }),
)

await step('a session for all that follows', () =>
  sdk.tracingContext(
    { sessionId: 's-2', user: 'bob', metadata: { release: '2' }, tags: { tier: 'gold' } },
    () => sdk.withSpan(() => 'within', { name: 'in context' }),
  ),
)

sdk.tracingContext({ enabled: false }, () =>
  sdk.withSpan(() => sdk.startSpan({ name: 'a part of nothing' }).end(), {
    name: 'nothing is recorded of it',
  }),
)

await step('an error', async () => {
  const failed = await sdk
    .withSpan(
      async () => {
        throw new RangeError('too far')
      },
      { name: 'failing' },
    )
    .catch((error) => `${error.name}: ${error.message}`)
  return failed
})

await step('traced functions', async () => {
  const add = sdk.trace(function add(left, right) {
    return left + right
  })
  const greet = sdk.trace(async (name, loud = false) => (loud ? name.toUpperCase() : name), {
    name: 'greet',
    spanType: SpanType.TOOL,
    attributes: { polite: true },
  })
  return sdk.withSpan(async () => [add(2, 3), await greet('ada', true), add.name, add.length], {
    name: 'caller',
    logLevel: 'WARNING',
    links: [new sdk.SpanLink({ traceId: traceIds[0], spanId: '00f067aa0ba902b7' })],
  })
})

seen['no span outside'] = sdk.getCurrentActiveSpan()
await sdk.flushTraces()

/** What a span tells of itself by MLflow's members; ids and times by their form alone. */
const toldBy = (span) => {
  const json = span.toJson()
  return {
    startTime: span.startTime.map(Number.isInteger),
    lasted: span.endTime[0] * 1e9 + span.endTime[1] >= span.startTime[0] * 1e9 + span.startTime[1],
    logLevel: span.logLevel,
    events: span.events.map(({ name, timestamp, attributes }) => [name, typeof timestamp, attributes.index]),
    links: span.links.map(({ spanId, attributes }) => [spanId, attributes]),
    json: [
      Object.keys(json).sort(),
      json.span_id.length,
      json.name,
      json.status,
      typeof json.start_time_unix_nano,
      json.end_time_unix_nano >= json.start_time_unix_nano,
      json.attributes['mlflow.spanInputs'] ?? null,
      json.attributes['mlflow.spanOutputs'] ?? null,
      json.events.map(({ name }) => name),
    ],
  }
}

seen['what spans tell of themselves'] = (() => {
  const link = new sdk.SpanLink({
    traceId: traceIds[0],
    spanId: '00f067aa0ba902b7',
    attributes: { why: 'cause' },
  })
  const span = sdk.startSpan({ name: 'told', inputs: { a: 1 }, links: [link] })
  span.addEvent({ name: 'first token', attributes: { index: 1 }, timestamp: 1_800_000_000_000_000_000n })
  span.end({ outputs: 'b', status: SpanStatusCode.OK })
  return [toldBy(span), link.toJson().span_id, link.toJson().attributes]
})()
await sdk.flushTraces()

const client = new sdk.MlflowClient({ trackingUri, authProvider: sdk.createAuthProvider({ trackingUri }) })
const read = await client.getTrace(traceIds[0])
seen['read back'] = {
  experiment: (await client.getExperiment(experimentId)).name === SDK,
  missing: await client.getExperimentByName('not there'),
  state: read.info.state,
  experimentId: read.info.traceLocation?.mlflowExperiment?.experimentId === experimentId,
  found: (
    await client.searchTraces({
      locations: [{ type: sdk.TraceLocationType.MLFLOW_EXPERIMENT, mlflowExperiment: { experimentId } }],
    })
  ).traces
    .map(({ info, data }) => [info.state, data.spans.length])
    .sort(),
  spans: read.data.spans.map((span) => [
    span.name,
    span.spanType,
    span.inputs ?? null,
    span.outputs ?? null,
    statusOf(span),
    span.getAttribute('model') ?? null,
    toldBy(span),
  ]),
  json: [read.toJson().info.state, read.toJson().data.spans.length, read.info.tokenUsage],
}
seen['an error'] = await client.getTrace(`tr-${'0'.repeat(32)}`).catch((error) => ({
  isHttpError: error instanceof sdk.MlflowHttpError && error instanceof Error,
  facts: [error.name, error.status, error.statusText, error.errorCode],
  tellsTheBody: error.message === `HTTP 404: Not Found - ${error.body}`,
}))
console.log(JSON.stringify({ traceIds, seen }, null, 1))
process.exit()
