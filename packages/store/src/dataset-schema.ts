import type { Json, JsonObject } from '@voxtrace/model'

interface Fields {
  inputs: JsonObject
  outputs?: Json
  expectations?: JsonObject
}

/**
 * The schema of an evaluation dataset with the fields that records add to it: names and types, as MLflow writes them
 * (`{"inputs": {"question": "string"}, "outputs": {}, "expectations": {}, "version": "1.0"}`). A field keeps its first
 * type.
 */
export function withFields(schema: JsonObject | null, records: Fields[]): JsonObject | null {
  if (schema === null && records.length === 0) return null
  const inputs = { ...objectOf(schema?.inputs) }
  const expectations = { ...objectOf(schema?.expectations) }
  let outputs: Json = schema?.outputs ?? {}
  for (const record of records) {
    addTypes(inputs, record.inputs)
    addTypes(expectations, record.expectations ?? {})
    const given = record.outputs ?? null
    if (given === null) continue
    if (isObject(given)) {
      if (!isObject(outputs)) continue
      outputs = { ...outputs }
      addTypes(outputs, given)
    } else if (isObject(outputs) && Object.keys(outputs).length === 0) outputs = typeName(given)
  }
  return { inputs, outputs, expectations, version: '1.0' }
}

function addTypes(types: JsonObject, fields: JsonObject): void {
  for (const [key, value] of Object.entries(fields)) {
    if (!Object.hasOwn(types, key)) types[key] = typeName(value)
  }
}

function typeName(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float'
  return typeof value
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? value : {}
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
