// Prints what the SDK that `SDK` names exports: constants with their values, and what functions, classes, spans and clients
// have, by name.
const { SDK, TRACKING_URI: trackingUri } = process.env
const sdk = await import(SDK)
sdk.init({ trackingUri, experimentId: '1' })

/** Names of all that an object has, its class's and those above it, but for what is internal. */
function membersOf(value) {
  const names = new Set()
  for (let at = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (!/^(_|constructor$)/.test(name)) names.add(name)
  }
  return [...names].sort()
}

const span = sdk.startSpan({ name: 'span' })
const client = new sdk.MlflowClient({ trackingUri, authProvider: sdk.createAuthProvider({ trackingUri }) })
const error = new sdk.MlflowHttpError(404, 'Not Found', '{"error_code":"RESOURCE_DOES_NOT_EXIST"}')
const told = {}
for (const [name, value] of Object.entries(sdk)) {
  if (typeof value !== 'function') told[name] = value
  else told[name] = /^class\b/.test(String(value)) ? 'class' : 'function'
}
const members = {
  LiveSpan: membersOf(span),
  MlflowClient: membersOf(client),
  MlflowHttpError: membersOf(error),
  SpanLink: membersOf(new sdk.SpanLink({ traceId: 'a', spanId: 'b' })),
  authProvider: membersOf(sdk.createAuthProvider({ trackingUri })),
}
span.end()
const levels = ['INFO', ' warning ', 40, 'loud', 41, {}].map((level) => {
  try {
    return sdk.toSpanLogLevel(level)
  } catch (thrown) {
    return thrown.constructor.name
  }
})
console.log(JSON.stringify({ told, members, levels }))
process.exit()
