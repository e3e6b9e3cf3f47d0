import { connect, type Socket } from 'node:net'

interface Answered {
  resolve(status: number): void
  reject(error: Error): void
}

/**
 * One HTTP/1.1 connection that sends a request at a time and reads of its answer what says where it ends. It costs less
 * of the processor than Node's client, which shares it with the server that is measured.
 */
export class HttpConnection {
  readonly #url: URL
  readonly #head: string
  #socket: Socket | undefined
  #received = ''
  #answered: Answered | undefined

  constructor(url: string, headers: Record<string, string>) {
    this.#url = new URL(url)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#head = `POST ${this.#url.pathname} HTTP/1.1\r\nhost: ${this.#url.host}\r\n${lines.join('')}content-length: `
  }

  /** Sends a body and gives the status of its answer. */
  post(body: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject }
      const socket = this.#opened()
      socket.cork()
      socket.write(`${this.#head}${body.length}\r\n\r\n`, 'latin1')
      socket.write(body)
      socket.uncork()
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #opened(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#read(chunk))
    socket.on('error', (error) => this.#settle()?.reject(error))
    socket.on('close', () => this.#settle()?.reject(new Error('the server closed before it answered')))
    this.#socket = socket
    return socket
  }

  #read(chunk: string): void {
    this.#received += chunk
    const bodyAt = this.#received.indexOf('\r\n\r\n') + 4
    if (bodyAt < 4) return
    const head = this.#received.slice(0, bodyAt).toLowerCase()
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
    const isWhole =
      length === undefined
        ? this.#received.endsWith('\r\n0\r\n\r\n')
        : this.#received.length - bodyAt >= Number(length)
    if (!isWhole) return
    this.#received = ''
    if (/\r\nconnection: *close/.test(head)) this.#socket?.destroy()
    this.#settle()?.resolve(Number(head.slice(9, 12)))
  }

  #settle(): Answered | undefined {
    const answered = this.#answered
    this.#answered = undefined
    return answered
  }
}
