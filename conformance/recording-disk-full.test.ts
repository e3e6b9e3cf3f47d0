import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachRecording, RecordingUpload } from '@voxtrace/client/recordings'
import { type Server, startServer } from '@voxtrace/server'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { oggPages, opusPackets, twoVoices } from '../packages/server/src/sound/test-sound.ts'
import { exportSpans, newSpanId, newTraceId } from './web/otlp-spans.ts'

const disk = mkdtempSync(join(tmpdir(), 'voxtrace-small-disk-'))
const hasDisk =
  process.env.VOXTRACE_TEST_DATABASE_URL === undefined &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0777', 'tmpfs', disk]).status === 0
if (!hasDisk) {
  rmSync(disk, { recursive: true })
  console.warn(
    'Skipped: recording onto a full disk needs the right to mount a tmpfs, and the PostgreSQL of the tests.',
  )
}

describe.skipIf(!hasDisk)('recording while the disk of the database is full', () => {
  let database: TestDatabase
  let server: Server
  const name = `small_${newTraceId()}`

  beforeAll(async () => {
    const place = join(disk, 'tablespace')
    database = await createTestDatabase()
    // The PostgreSQL of the tests may run as another user, who is to own it.
    await database.run(`COPY (SELECT) TO PROGRAM 'mkdir ${place}'`)
    await database.run(`CREATE TABLESPACE ${name} LOCATION '${place}'`)
    await database.run(`ALTER TABLE recording_parts SET TABLESPACE ${name}`)
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl: database.databaseUrl,
      artifactDirectory: disk,
      webDirectory: null,
      botUrl: null,
      version: '0.0.0',
      log: silentLog,
    })
  })

  afterAll(async () => {
    await server?.close()
    await database?.run(`ALTER TABLE recording_parts SET TABLESPACE pg_default`)
    await database?.run(`DROP TABLESPACE IF EXISTS ${name}`)
    await database?.drop()
    spawnSync('umount', [disk])
    rmSync(disk, { recursive: true })
  })

  const voices = oggPages(opusPackets(twoVoices(48_000)), 2, 15)

  const filling = Array.from({ length: 40 }, () => Buffer.alloc(50_000, 'x'))

  test('spans are taken, what was recorded plays, and the rest comes when there is room', async () => {
    const traceId = newTraceId()
    const recording = {
      trackingUri: server.url,
      traceId: `tr-${traceId}`,
      contentType: 'audio/ogg' as const,
      startTimeNs: 1_800_000_000_000_000_000n,
      maxBackoffMs: 100,
    }
    const upload = new RecordingUpload({ ...recording, channels: ['user', 'agent'] })
    for (const part of [...voices, ...filling]) upload.append(part)
    const bytes = Buffer.concat([Buffer.from('OggS'), ...filling])
    const other = { ...recording, recordingId: 'other', bytes, deadlineMs: 1000 }
    const problem = async () => (await attachRecording(other)).problem
    await expect.poll(problem).toMatch(/The disk of the database is full/)

    await exportSpans(server.url, { traceId, experimentId: '0' }, [
      { spanId: newSpanId(), name: 'conversation', startMs: 1_800_000_000_000, endMs: 1_800_000_004_000 },
    ])
    const path = `${server.url}/api/voxtrace/traces/tr-${traceId}/recordings/call`
    const clip = await fetch(`${path}/clip?from_ms=1000&to_ms=2000`)
    expect(clip.status).toBe(200)
    expect(loudness(Buffer.from(await clip.arrayBuffer()))).toBeGreaterThan(0.2)
    const total = [...voices, ...filling].reduce((sum, { length }) => sum + length, 0)
    expect(upload.outcome().deliveredBytes).toBeLessThan(total)

    spawnSync('mount', ['-o', 'remount,size=64m', disk])
    expect(await upload.end({ deadlineMs: 60_000 })).toEqual({
      deliveredBytes: total,
      lostBytes: 0,
      problem: null,
    })
  })
})

/** The root mean square of the first channel of a WAV file of two. */
function loudness(wav: Buffer): number {
  let sum = 0
  for (let at = 44; at < wav.length; at += 4) sum += (wav.readInt16LE(at) / 0x8000) ** 2
  return Math.sqrt((sum * 4) / (wav.length - 44))
}
