/**
 * A WASI (preview 1) host for command-line programs that keeps all files in memory: enough for a program that
 * reads its arguments, opens files under one preopened root, reads, writes and seeks. Written from the
 * WASI preview 1 specification (`wasi_snapshot_preview1`).
 */

const success = 0
const badDescriptor = 8
const exists = 20
const invalid = 28
const noEntry = 44
const openCreate = 1
const openExclusive = 4
const openTruncate = 8
const rootDescriptor = 3
const regularFile = 4
const directory = 3
const characterDevice = 2

interface MemoryFile {
  bytes: Uint8Array
  length: number
}

interface OpenFile {
  file: MemoryFile
  position: number
}

class ProgramExit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`the program ended with code ${code}`)
    this.code = code
  }
}

function writeAt(file: MemoryFile, position: number, chunk: Uint8Array): void {
  const end = position + chunk.length
  if (end > file.bytes.length) {
    const grown = new Uint8Array(Math.max(end, file.bytes.length * 2, 65_536))
    grown.set(file.bytes.subarray(0, file.length))
    file.bytes = grown
  }
  file.bytes.set(chunk, position)
  file.length = Math.max(file.length, end)
}

export interface WasiRun {
  exitCode: number
  /** What the program wrote to standard error. */
  stderr: string
  files: ReadonlyMap<string, Uint8Array>
}

/** One run of one WASI command. An instance runs once: instantiate ahead, then `run` when there is work. */
export class WasiProgram {
  readonly #files = new Map<string, MemoryFile>()
  readonly #open = new Map<number, OpenFile>()
  readonly #stderr: MemoryFile = { bytes: new Uint8Array(0), length: 0 }
  readonly #instance: WebAssembly.Instance
  #arguments: Uint8Array[] = []
  #nextDescriptor = rootDescriptor + 1

  constructor(module: WebAssembly.Module) {
    this.#instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: this.#imports() })
  }

  /**
   * Runs the program to its end.
   * @throws WebAssembly.RuntimeError when the program traps
   */
  run(programArguments: readonly string[]): WasiRun {
    const encoder = new TextEncoder()
    this.#arguments = programArguments.map((argument) => encoder.encode(`${argument}\0`))
    const start = this.#instance.exports._start
    if (typeof start !== 'function') throw new Error('not a WASI command: it exports no _start')
    let exitCode = 0
    try {
      start()
    } catch (error) {
      if (!(error instanceof ProgramExit)) throw error
      exitCode = error.code
    }
    const files = new Map<string, Uint8Array>()
    for (const [path, file] of this.#files) files.set(path, file.bytes.subarray(0, file.length))
    const stderr = new TextDecoder().decode(this.#stderr.bytes.subarray(0, this.#stderr.length))
    return { exitCode, stderr, files }
  }

  get #memory(): WebAssembly.Memory {
    const memory = this.#instance.exports.memory
    if (memory instanceof WebAssembly.Memory) return memory
    throw new Error('not a WASI command: it exports no memory')
  }

  get #view(): DataView {
    return new DataView(this.#memory.buffer)
  }

  #bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, pointer, length)
  }

  #vectors(pointer: number, count: number): Uint8Array[] {
    const view = this.#view
    return Array.from({ length: count }, (_, index) => {
      const at = pointer + index * 8
      return this.#bytes(view.getUint32(at, true), view.getUint32(at + 4, true))
    })
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      args_sizes_get: (count: number, size: number) => {
        this.#view.setUint32(count, this.#arguments.length, true)
        this.#view.setUint32(
          size,
          this.#arguments.reduce((sum, argument) => sum + argument.length, 0),
          true,
        )
        return success
      },
      args_get: (pointers: number, buffer: number) => {
        let at = buffer
        for (const [index, argument] of this.#arguments.entries()) {
          this.#view.setUint32(pointers + index * 4, at, true)
          this.#bytes(at, argument.length).set(argument)
          at += argument.length
        }
        return success
      },
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.#view.setBigUint64(result, BigInt(Date.now()) * 1_000_000n, true)
        return success
      },
      fd_close: (descriptor: number) => (this.#open.delete(descriptor) ? success : badDescriptor),
      fd_fdstat_get: (descriptor: number, result: number) => {
        const type =
          descriptor < rootDescriptor
            ? characterDevice
            : descriptor === rootDescriptor
              ? directory
              : regularFile
        if (type === regularFile && !this.#open.has(descriptor)) return badDescriptor
        const view = this.#view
        view.setUint8(result, type)
        view.setUint8(result + 1, 0)
        view.setUint16(result + 2, 0, true)
        view.setBigUint64(result + 8, 0x1fffffffn, true)
        view.setBigUint64(result + 16, 0x1fffffffn, true)
        return success
      },
      fd_fdstat_set_flags: () => success,
      fd_prestat_get: (descriptor: number, result: number) => {
        if (descriptor !== rootDescriptor) return badDescriptor
        this.#view.setUint32(result, 0, true)
        this.#view.setUint32(result + 4, 1, true)
        return success
      },
      fd_prestat_dir_name: (descriptor: number, path: number, length: number) => {
        if (descriptor !== rootDescriptor) return badDescriptor
        if (length < 1) return invalid
        this.#bytes(path, 1).set([0x2f])
        return success
      },
      fd_read: (descriptor: number, vectors: number, count: number, result: number) => {
        const open = this.#open.get(descriptor)
        if (descriptor !== 0 && !open) return badDescriptor
        let total = 0
        for (const target of open ? this.#vectors(vectors, count) : []) {
          if (!open) break
          const chunk = open.file.bytes.subarray(
            open.position,
            Math.min(open.position + target.length, open.file.length),
          )
          target.set(chunk)
          open.position += chunk.length
          total += chunk.length
        }
        this.#view.setUint32(result, total, true)
        return success
      },
      fd_seek: (descriptor: number, offset: bigint, whence: number, result: number) => {
        const open = this.#open.get(descriptor)
        if (!open) return badDescriptor
        const base = whence === 0 ? 0 : whence === 1 ? open.position : open.file.length
        const position = base + Number(offset)
        if (position < 0) return invalid
        open.position = position
        this.#view.setBigUint64(result, BigInt(position), true)
        return success
      },
      fd_write: (descriptor: number, vectors: number, count: number, result: number) => {
        const open =
          descriptor === 2
            ? { file: this.#stderr, position: this.#stderr.length }
            : this.#open.get(descriptor)
        if (!open && descriptor !== 1) return badDescriptor
        let total = 0
        for (const chunk of this.#vectors(vectors, count)) {
          if (open) {
            writeAt(open.file, open.position, chunk)
            open.position += chunk.length
          }
          total += chunk.length
        }
        this.#view.setUint32(result, total, true)
        return success
      },
      path_open: (
        root: number,
        _lookup: number,
        path: number,
        length: number,
        flags: number,
        _rights: bigint,
        _inherited: bigint,
        _descriptorFlags: number,
        result: number,
      ) => {
        if (root !== rootDescriptor) return badDescriptor
        const name = new TextDecoder().decode(this.#bytes(path, length)).replace(/^\/+/, '')
        let file = this.#files.get(name)
        if (!file && !(flags & openCreate)) return noEntry
        if (file && flags & openCreate && flags & openExclusive) return exists
        if (!file || flags & openTruncate) {
          file = { bytes: new Uint8Array(0), length: 0 }
          this.#files.set(name, file)
        }
        const descriptor = this.#nextDescriptor++
        this.#open.set(descriptor, { file, position: 0 })
        this.#view.setUint32(result, descriptor, true)
        return success
      },
      proc_exit: (code: number): never => {
        throw new ProgramExit(code)
      },
    }
  }
}
