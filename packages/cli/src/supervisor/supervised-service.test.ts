import { afterEach, expect, test, vi } from 'vitest'
import type { LogEntry } from '../output/service-log.ts'
import { SupervisedService } from './supervised-service.ts'

const services: SupervisedService[] = []

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()))
})

/** Supervises a program given as JavaScript. */
function supervise(code: string, options: { hasNothingToSaveUntilReady?: boolean } = {}) {
  const entries: LogEntry[] = []
  const service = new SupervisedService({
    name: 'probe',
    command: [process.execPath, '-e', code],
    env: process.env,
    onEntry: (entry) => entries.push(entry),
    stopTimeoutMs: 1000,
    firstDelayMs: 10,
    ...options,
  })
  services.push(service)
  return { service, entries }
}

const ready = `process.send({type: 'ready', details: {pid: process.pid}});`
const obey = `process.on('message', () => process.exit(0)); setInterval(() => {}, 1000);`

test('is running when the service says it is ready', async () => {
  const { service } = supervise(obey + ready)
  expect(await service.start()).toEqual({ pid: service.pid })
  expect(service.state).toBe('running')
})

test('starts a killed service again', async () => {
  const { service } = supervise(obey + ready)
  await service.start()
  const first = service.pid
  // 0 would be every process of the tests.
  process.kill(first ?? Number.NaN, 'SIGKILL')
  await vi.waitFor(() => {
    expect(service.state).toBe('running')
    expect(service.pid).not.toBe(first)
  }, 60_000)
  expect(service.restarts).toBe(1)
})

test('gives up on a service that ends again and again before it was ever ready', async () => {
  const { service, entries } = supervise(`console.error('no such thing'); process.exit(3)`)
  await expect(service.start()).rejects.toThrow('The probe ended with code 3 3 times before it was ready.')
  expect(entries.map((entry) => entry.message)).toContain('no such thing')
})

test('passes on why a service cannot start, without trying again', async () => {
  const { service } = supervise(
    `process.send({type: 'cannot_start', message: 'The port is taken.', advice: 'Choose another.'}, () => process.exit(78))`,
  )
  await expect(service.start()).rejects.toMatchObject({
    message: 'The port is taken.',
    advice: 'Choose another.',
  })
  expect(service.restarts).toBe(0)
})

test('stops a service in order', async () => {
  const { service } = supervise(
    `process.on('message', () => { console.log('bye'); process.exit(0) }); setInterval(() => {}, 1000);` +
      ready,
  )
  await service.start()
  await service.stop()
  expect(service.state).toBe('stopped')
})

test('kills a service that does not stop in time', async () => {
  const { service, entries } = supervise(
    `process.on('message', () => {}); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);${ready}`,
  )
  await service.start()
  await service.stop()
  expect(entries.at(-1)?.message).toContain('is killed')
})

test('stops a service that was told to while it started, though it is ready first', async () => {
  const { service, entries } = supervise(
    `process.on('message', () => { ${ready} setTimeout(() => process.exit(0), 50) }); console.log('loading')`,
  )
  service.start().catch(() => undefined)
  await vi.waitFor(() => expect(entries).toHaveLength(1), 60_000)
  await service.stop()
  expect(service.state).toBe('stopped')
  expect(service.restarts).toBe(0)
})

test('ends a service that has nothing to save yet without waiting for its start', async () => {
  const { service, entries } = supervise(
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('loading')`,
    { hasNothingToSaveUntilReady: true },
  )
  service.start().catch(() => undefined)
  await vi.waitFor(() => expect(entries).toHaveLength(1), 60_000)
  await service.stop()
  expect(service.state).toBe('stopped')
  expect(entries).toHaveLength(1)
})

test('stopping twice, or before the start, is the same as once', async () => {
  const { service } = supervise(obey + ready)
  await Promise.all([service.stop(), service.stop()])
  expect(service.state).toBe('stopped')
})

test('keeps structured lines and takes any other text as a message', async () => {
  const line = JSON.stringify({
    timeMs: 1,
    service: 'probe',
    level: 'warn',
    message: 'structured',
    fields: { a: 1 },
  })
  const { service, entries } = supervise(
    `console.log(${JSON.stringify(line)}); console.log('plain');${obey}${ready}`,
  )
  await service.start()
  await vi.waitFor(() => expect(entries).toHaveLength(2), 60_000)
  expect(entries[0]).toMatchObject({ level: 'warn', message: 'structured', fields: { a: 1 } })
  expect(entries[1]).toMatchObject({ level: 'info', message: 'plain' })
})
