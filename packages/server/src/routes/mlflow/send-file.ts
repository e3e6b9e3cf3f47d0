import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { VoxtraceError } from '@voxtrace/model'
import type { FastifyReply } from 'fastify'
import { type ArtifactStorage, checkedPath } from '../../artifacts/artifact-storage.ts'

/** Answers with a stored file. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
export async function sendFile(
  artifacts: ArtifactStorage,
  path: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await artifacts.read(checkedPath(path))
  if (found === null) throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`)
  return sendBytes(path, found, reply)
}

/** Answers with a file as a download, which no browser takes for a page of this server. */
export function sendBytes(
  path: string,
  { size, content }: { size: number; content: Readable | string },
  reply: FastifyReply,
): FastifyReply {
  return reply
    .type('application/octet-stream')
    .header('content-length', size)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(basename(path))}`)
    .header('x-content-type-options', 'nosniff')
    .send(content)
}
