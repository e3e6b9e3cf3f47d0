import type { Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { split } from './split-operation.ts'

/** What is taken from the queue at once. */
export const maxBatchItems = 2048
export const maxBatchBytes = 1024 * 1024

/** A 500 answer this many times in a row may be the fault of what is sent. */
const suspiciousAttempts = 5

/** An operation on its way. */
export interface Pending {
  operation: Operation
  /** How often it was begun to be sent. */
  attempts: number
  /** How much had been delivered when it, or what it was cut from, was first answered 500; null before that. */
  suspectSince: number | null
  /** Whether it outlives the process where it came from. */
  isOnDisk: boolean
  /** Deletes the file that keeps it while it is the suspect; null without one. */
  endKeeping: (() => Promise<void>) | null
}

/**
 * What is being delivered, in order, and what becomes of an operation that the server does not take.
 *
 * What it refuses is halved until the part it refuses is found, which is given up. An operation that is answered 500
 * five times steps aside as the suspect; when another is delivered and it fails again, it is taken for refused.
 */
export class Batch {
  #pending: Pending[] = []
  #suspect: Pending | null = null
  #deliveries = 0

  get isEmpty(): boolean {
    return this.#pending.length === 0
  }

  /** How many operations there are, without the suspect. */
  get length(): number {
    return this.#pending.length
  }

  /** What comes from disk may have reached the server before. */
  add(operations: readonly Operation[], isOnDisk: boolean): void {
    const attempts = isOnDisk ? 1 : 0
    for (const operation of operations) {
      this.#pending.push({ operation, attempts, suspectSince: null, isOnDisk, endKeeping: null })
    }
  }

  /** What is to be sent next, of all that there is in order; the suspect when nothing else is left. */
  next(choose: (inOrder: readonly Pending[]) => Pending | null = ([first = null]) => first): Pending | null {
    if (this.isEmpty) this.#recallSuspect()
    return choose(this.#pending)
  }

  get suspect(): Pending | null {
    return this.#suspect
  }

  /** What is in memory alone, the suspect first. */
  get inMemory(): Operation[] {
    const held = this.#suspect === null ? this.#pending : [this.#suspect, ...this.#pending]
    return held.filter(({ isOnDisk }) => !isOnDisk).map(({ operation }) => operation)
  }

  /** Lets go of what is in memory alone. */
  forgetInMemory(): void {
    if (this.#suspect?.isOnDisk === false) this.#suspect = null
    this.#pending = this.#pending.filter(({ isOnDisk }) => isOnDisk)
  }

  delivered(pending: Pending): void {
    this.#deliveries++
    this.#replace(pending, [])
    this.#recallSuspect()
  }

  /** False when it cannot be halved, so that it is given up. */
  refused(pending: Pending): boolean {
    const { operation, suspectSince, isOnDisk } = pending
    const halves = split(operation) ?? []
    this.#replace(
      pending,
      halves.map((half) => ({ operation: half, attempts: 1, suspectSince, isOnDisk, endKeeping: null })),
    )
    return halves.length > 0
  }

  /** Told that it is to be tried again. True when it is at fault itself, and taken for refused. */
  isAtFault(pending: Pending, { status }: Extract<Outcome, { kind: 'retry' }>): boolean {
    if (status !== 500) return false
    pending.suspectSince ??= this.#deliveries
    if (pending.attempts <= suspiciousAttempts) return false
    if (this.#deliveries > pending.suspectSince || split(pending.operation) !== null) return true
    if (mayStepAside(pending.operation)) {
      this.#replace(pending, [])
      if (this.#suspect !== null) this.#pending.push(this.#suspect)
      // It may outlast the segment that it came from.
      this.#suspect = { ...pending, isOnDisk: pending.endKeeping !== null }
    }
    return false
  }

  #replace(pending: Pending, by: readonly Pending[]): void {
    this.#pending.splice(this.#pending.indexOf(pending), 1, ...by)
  }

  #recallSuspect(): void {
    if (this.#suspect === null) return
    this.#pending.unshift(this.#suspect)
    this.#suspect = null
  }
}

/** Whether later operations can do without it. Those of a run need its creation. */
function mayStepAside(operation: Operation): boolean {
  return operation.kind !== 'createRun'
}
