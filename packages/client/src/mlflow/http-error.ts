import { type ErrorCode, VoxtraceError } from '@voxtrace/model'
import { parseObject } from '../outcome.ts'

const maxBodyLength = 1000

/** What a tracking server answered in place of what it was asked for, as MLflow's TypeScript SDK has it. */
export class MlflowHttpError extends VoxtraceError {
  readonly status: number
  readonly statusText: string
  readonly body: string
  /** The code that MLflow's error answers carry, such as `RESOURCE_DOES_NOT_EXIST`; undefined in any other answer. */
  readonly errorCode: string | undefined

  constructor(status: number, statusText: string, body: string) {
    const { error_code: errorCode } = parseObject(body) ?? {}
    super(codeOf(status, errorCode), textOf(status, statusText, body))
    this.name = 'MlflowHttpError'
    this.status = status
    this.statusText = statusText
    this.body = body
    this.errorCode = typeof errorCode === 'string' ? errorCode : undefined
  }
}

function codeOf(status: number, errorCode: unknown): ErrorCode {
  if (errorCode === 'RESOURCE_DOES_NOT_EXIST' || errorCode === 'NOT_FOUND') return 'RESOURCE_DOES_NOT_EXIST'
  return status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST'
}

function textOf(status: number, statusText: string, body: string): string {
  const cut = body.length > maxBodyLength ? `${body.slice(0, maxBodyLength)}... (truncated)` : body
  return `HTTP ${status}: ${statusText}${cut === '' ? '' : ` - ${cut}`}`
}
