import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endBrokenOff, OngoingConversations } from './broken-off.ts'

const traceId = `tr-${'a'.repeat(32)}`
const warnings: string[] = []
const log = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} }

const span = (spanId: string, fields: object) => ({
  traceId: 'a'.repeat(32),
  spanId,
  parentSpanId: null,
  name: 'conversation',
  startTimeUnixNano: '1000000000',
  endTimeUnixNano: null,
  attributes: { 'session.id': 's', 'turn.number': 3, nested: { list: [1.5, true, null] } },
  resource: { 'service.name': 'voxtrace-bot' },
  ...fields,
})

let directory: string
let server: Server
let url: string
let traceAnswer: { status: number; body: unknown }
const posted: { path: string; experimentId: string | undefined; body: unknown }[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'voxtrace-ongoing-'))
  posted.length = 0
  warnings.length = 0
  traceAnswer = {
    status: 200,
    body: {
      info: { experimentId: '7', metadata: { 'mlflow.sourceRun': 'run-1' } },
      spans: [
        span('1'.repeat(16), {}),
        span('2'.repeat(16), { parentSpanId: '1'.repeat(16), name: 'turn', endTimeUnixNano: '5000000000' }),
      ],
    },
  }
  server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (request.method === 'GET') {
        response.writeHead(traceAnswer.status).end(JSON.stringify(traceAnswer.body))
        return
      }
      const experimentId = request.headers['x-mlflow-experiment-id']
      posted.push({
        path: request.url ?? '',
        experimentId: Array.isArray(experimentId) ? experimentId[0] : experimentId,
        body: JSON.parse(Buffer.concat(pieces).toString()),
      })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}/`
})
afterEach(async () => {
  rmSync(directory, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const ongoing = () => new OngoingConversations({ directory, log })
/** Leaves a conversation as a process does that is gone. */
function leave(): void {
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(join(directory, traceId), String(pid))
}

describe('OngoingConversations', () => {
  it('keeps what has begun and not ended, and takes none of a running process for left', async () => {
    const one = ongoing()
    one.begun(traceId)
    one.begun(`tr-${'b'.repeat(32)}`)
    one.ended(`tr-${'b'.repeat(32)}`)
    await one.written()
    expect(readdirSync(directory)).toEqual([traceId])
    expect(await ongoing().left()).toEqual([])
  })

  it('has nothing left where nothing ever began', async () => {
    rmSync(directory, { recursive: true })
    expect(await ongoing().left()).toEqual([])
    const one = ongoing()
    one.begun(traceId)
    await one.written()
  })
})

describe('endBrokenOff', () => {
  it('ends the open spans and the run of a conversation whose process is gone, when it was last heard of', async () => {
    leave()
    await endBrokenOff({ ongoing: ongoing(), trackingUri: url, log })
    expect(posted).toEqual([
      {
        path: '/v1/traces',
        experimentId: '7',
        body: {
          resourceSpans: [
            {
              resource: { attributes: [{ key: 'service.name', value: { stringValue: 'voxtrace-bot' } }] },
              scopeSpans: [
                {
                  spans: [
                    {
                      traceId: 'a'.repeat(32),
                      spanId: '1'.repeat(16),
                      name: 'conversation',
                      startTimeUnixNano: '1000000000',
                      endTimeUnixNano: '5000000000',
                      attributes: [
                        { key: 'session.id', value: { stringValue: 's' } },
                        { key: 'turn.number', value: { intValue: '3' } },
                        {
                          key: 'nested',
                          value: {
                            kvlistValue: {
                              values: [
                                {
                                  key: 'list',
                                  value: {
                                    arrayValue: { values: [{ doubleValue: 1.5 }, { boolValue: true }] },
                                  },
                                },
                              ],
                            },
                          },
                        },
                      ],
                      status: { code: 2, message: 'The bot ended before the conversation did.' },
                    },
                  ],
                },
              ],
            },
          ],
        },
      },
      {
        path: '/api/2.0/mlflow/runs/update',
        experimentId: undefined,
        body: { run_id: 'run-1', status: 'FAILED', end_time: 5_000 },
      },
    ])
    expect(readdirSync(directory)).toEqual([])
  })

  it('forgets a conversation whose trace was deleted', async () => {
    leave()
    traceAnswer = { status: 404, body: {} }
    await endBrokenOff({ ongoing: ongoing(), trackingUri: url, log })
    expect(posted).toEqual([])
    expect(readdirSync(directory)).toEqual([])
  })

  it('keeps it for the next start when the tracking server does not take it', async () => {
    leave()
    traceAnswer = { status: 503, body: {} }
    await endBrokenOff({ ongoing: ongoing(), trackingUri: url, log, attempts: 1 })
    expect(readdirSync(directory)).toEqual([traceId])
    expect(warnings).toHaveLength(1)
  })
})
