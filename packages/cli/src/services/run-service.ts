import { VoxtraceError } from '@voxtrace/model'
import { isStopMessage, type ServiceMessage } from '../supervisor/messages.ts'
import { UserError } from '../user-error.ts'

export interface RunningService {
  /** What it says of itself when ready: addresses and models, never secrets. */
  details: Record<string, unknown>
  close(): Promise<void>
  /** Settles when the service ends of itself, which is a failure. */
  failed?: Promise<never>
}

/** Exit code of a service that a person must help (EX_CONFIG of sysexits.h). */
const cannotStartExitCode = 78

/**
 * Runs one service in this process until SIGTERM, SIGINT, the supervisor's word or the supervisor's death, then closes it in order.
 * Under a supervisor it reports readiness over the channel; alone it calls `announce`.
 */
export async function runService(
  start: () => Promise<RunningService>,
  announce: (details: Record<string, unknown>) => void,
): Promise<void> {
  const stop = Promise.withResolvers<void>()
  process.on('SIGTERM', () => stop.resolve())
  process.on('SIGINT', () => stop.resolve())
  process.on('disconnect', () => stop.resolve())
  process.on('message', (message) => {
    if (isStopMessage(message)) stop.resolve()
  })
  let service: RunningService
  try {
    service = await start()
  } catch (error) {
    const known = asUserError(error)
    if (known === null || !process.send) throw known ?? error
    await tell({
      type: 'cannot_start',
      message: known.message,
      ...(known.advice ? { advice: known.advice } : {}),
    })
    process.exit(cannotStartExitCode)
  }
  if (process.send) await tell({ type: 'ready', details: service.details })
  else announce(service.details)
  try {
    await Promise.race([stop.promise, ...(service.failed ? [service.failed] : [])])
  } finally {
    await service.close()
  }
  process.exit(0)
}

/** Errors that say what to do, as the person at the terminal should see them; null for a fault of ours. */
export function asUserError(error: unknown): UserError | null {
  if (error instanceof UserError) return error
  if (error instanceof VoxtraceError) {
    return new UserError(error.message, undefined, { cause: error })
  }
  if (!(error instanceof Error && 'code' in error)) return null
  const options = { cause: error }
  if (error.code === 'EADDRINUSE') {
    const port = 'port' in error ? error.port : 'chosen'
    return new UserError(
      `Port ${port} is in use by another program.`,
      'Choose another with --port N, or stop that program.',
      options,
    )
  }
  if (error.code === 'ENOSPC') {
    return new UserError(
      `The disk is full (${error.message}).`,
      'Free some space, or choose a directory on another disk with --data DIR.',
      options,
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES') {
    return new UserError(
      `Cannot listen: ${error.message}.`,
      'Choose another address with --host or port with --port.',
      options,
    )
  }
  return null
}

function tell(message: ServiceMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
