import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { FastifyInstance } from 'fastify'
import { buildSchema, execute, type GraphQLSchema, isScalarType, parse, validate } from 'graphql'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'
import { graphqlSchema } from './graphql-schema.ts'

/** Queries nested deeper, or with more fields, than MLflow's server takes are refused. */
const deepest = 10
const mostFields = 1000

const body = z.object({
  query: z.string().min(1),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
})

/** MLflow's paths that answer what the fields of the schema ask for. */
const rootFields: Record<string, { method: 'GET' | 'POST'; path: string }> = {
  mlflowGetExperiment: { method: 'GET', path: 'experiments/get' },
  mlflowGetMetricHistoryBulkInterval: { method: 'GET', path: 'metrics/get-history-bulk-interval' },
  mlflowGetRun: { method: 'GET', path: 'runs/get' },
  mlflowListArtifacts: { method: 'GET', path: 'artifacts/list' },
  mlflowSearchModelVersions: { method: 'GET', path: 'model-versions/search' },
  mlflowSearchRuns: { method: 'POST', path: 'runs/search' },
  mlflowSearchDatasets: { method: 'POST', path: 'experiments/search-datasets' },
}

/** `/graphql`, as far as MLflow's web app uses it: every field is one of the REST API's answers. */
export function graphqlRoutes(app: FastifyInstance): void {
  const schema = withScalars(buildSchema(graphqlSchema))

  const ask = async (path: string, method: 'GET' | 'POST', input: Record<string, unknown>) => {
    const url = `/api/2.0/mlflow/${path}`
    const answer = await app.inject(
      method === 'GET'
        ? { method, url: `${url}?${queryOf(input)}` }
        : { method, url, payload: input, headers: { 'content-type': 'application/json' } },
    )
    const message = z.record(z.string(), z.unknown()).parse(answer.json())
    if (answer.statusCode < 400) return message
    return { apiError: { code: message.error_code, message: message.message } }
  }

  const resolveField = async (
    source: unknown,
    args: unknown,
    _context: unknown,
    info: { fieldName: string; parentType: { name: string } },
  ): Promise<unknown> => {
    const { fieldName, parentType } = info
    if (parentType.name === 'Query' || parentType.name === 'Mutation') {
      const root = rootFields[fieldName]
      if (root === undefined) return null
      return ask(root.path, root.method, snakeRecord(inputOf(args)))
    }
    if (parentType.name === 'MlflowRun') {
      const run = runInfo.safeParse(source)
      if (run.success && fieldName === 'experiment') {
        return member(
          await ask('experiments/get', 'GET', { experiment_id: run.data.info.experiment_id }),
          'experiment',
        )
      }
      if (run.success && fieldName === 'modelVersions') {
        const filter = `run_id = '${run.data.info.run_id}'`
        return member(await ask('model-versions/search', 'GET', { filter }), 'model_versions')
      }
    }
    const value = member(source, fieldName) ?? member(source, snake(fieldName))
    // REST says NaN and infinities as text; GraphQL has no such numbers.
    const isNumber = fieldName === 'value' && metricTypes.has(parentType.name)
    return isNumber && typeof value !== 'number' ? null : value
  }

  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: async (request) => {
      const { query, operationName, variables } = mlflow.readRequest(body, jsonOf(request))
      const document = parsed(query)
      const mistakes = validate(schema, document)
      if (mistakes.length > 0) return { data: null, errors: mistakes.map(({ message }) => message) }
      const result = await execute({
        schema,
        document,
        fieldResolver: resolveField,
        ...(variables == null ? {} : { variableValues: variables }),
        ...(operationName == null ? {} : { operationName }),
      })
      return {
        data: result.data ?? null,
        errors: result.errors?.map(({ message }) => message) ?? null,
      }
    },
  })
}

const metricTypes = new Set(['MlflowMetric', 'MlflowMetricWithRunId'])

const runInfo = z.object({ info: z.object({ run_id: z.string(), experiment_id: z.string() }) })

function parsed(query: string) {
  const depth = Math.max(0, ...depths(query))
  if (depth > deepest) {
    throw new VoxtraceError('BAD_REQUEST', `The GraphQL query is nested deeper than ${deepest} levels.`)
  }
  try {
    return parse(query, { maxTokens: mostFields * 10 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new VoxtraceError('BAD_REQUEST', `The GraphQL query cannot be read: ${reason}`, { cause })
  }
}

/** How many braces are open after each brace. */
function depths(query: string): number[] {
  let depth = 0
  return [...query.matchAll(/[{}]/g)].map(([brace]) => (depth += brace === '{' ? 1 : -1))
}

/** 64-bit integers go out as text. */
function withScalars(schema: GraphQLSchema): GraphQLSchema {
  const long = schema.getType('LongString')
  if (isScalarType(long)) long.serialize = String
  return schema
}

function inputOf(args: unknown): Record<string, unknown> {
  const read = z.object({ input: z.record(z.string(), z.unknown()) }).safeParse(args)
  return read.success ? read.data.input : {}
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function snakeRecord(record: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(record).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given.map(([key, value]) => [snake(key), value]))
}

function queryOf(input: Record<string, unknown>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(key, String(one))
  }
  return query
}
