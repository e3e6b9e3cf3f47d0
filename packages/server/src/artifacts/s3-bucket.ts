import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { VoxtraceError } from '@voxtrace/model'
import { type ArtifactStorage, checkedPath, type ListedArtifact } from './artifact-storage.ts'
import { emptyHash, type S3Credentials, signedHeaders, uriEncoded } from './s3-signature.ts'

/** A bucket of Amazon S3 or of anything that speaks its protocol, such as MinIO, R2 or Ceph. */
export interface S3Bucket {
  bucket: string
  /** Where in the bucket files are put; empty for its root. */
  prefix: string
  /** Such as https://s3.eu-central-1.amazonaws.com or http://minio:9000; buckets are named in its paths. */
  endpoint: string
  region: string
  credentials: S3Credentials
}

/** What one request may send; S3 takes larger files in parts only. */
const largestFileBytes = 5 * 1024 ** 3

interface Asked {
  method: 'GET' | 'PUT' | 'DELETE'
  key?: string
  query?: Record<string, string>
  body?: { content: Readable; size: number; hash: string }
}

/** Files in a bucket. */
export function s3Storage(place: S3Bucket): ArtifactStorage {
  const keyOf = (path: string) => [place.prefix, path].filter((part) => part !== '').join('/')

  const ask = async ({ method, key, query = {}, body }: Asked): Promise<IncomingMessage> => {
    const url = new URL(place.endpoint)
    const parts = [place.bucket, ...(key === undefined ? [] : key.split('/'))]
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${parts.map(uriEncoded).join('/')}`
    url.search = Object.entries(query)
      .map(([name, value]) => `${uriEncoded(name)}=${uriEncoded(value)}`)
      .join('&')
    const headers = {
      ...signedHeaders(
        { method, url, bodyHash: body?.hash ?? emptyHash, region: place.region, at: new Date() },
        place.credentials,
      ),
      ...(body === undefined ? {} : { 'content-length': String(body.size) }),
    }
    return send(url, method, headers, body?.content)
  }

  return {
    async write(path, content) {
      const draft = join(tmpdir(), `voxtrace-upload-${randomUUID()}`)
      try {
        const hash = await spool(content, draft)
        const { size } = await stat(draft)
        if (size > largestFileBytes) {
          throw new VoxtraceError('REQUEST_TOO_LARGE', 'A file may have at most 5 GiB on S3.')
        }
        const body = { content: createReadStream(draft), size, hash }
        await expectSuccess(await ask({ method: 'PUT', key: keyOf(checkedPath(path)), body }))
      } finally {
        await rm(draft, { force: true })
      }
    },

    async read(path) {
      const answer = await ask({ method: 'GET', key: keyOf(checkedPath(path)) })
      if (answer.statusCode === 404) {
        answer.resume()
        return null
      }
      if (answer.statusCode !== 200) throw await refusal(answer)
      return { size: Number(answer.headers['content-length'] ?? 0), content: answer }
    },

    async list(path) {
      const key = keyOf(path === '' ? '' : checkedPath(path))
      const prefix = key === '' ? '' : `${key}/`
      const listed: ListedArtifact[] = []
      for await (const page of pages(ask, prefix, '/')) {
        for (const directory of page.directories) {
          listed.push({ path: directory.slice(prefix.length, -1), is_dir: true })
        }
        for (const { key: found, size } of page.files) {
          const name = found.slice(prefix.length)
          if (name !== '') listed.push({ path: name, is_dir: false, file_size: size })
        }
      }
      return listed.sort((a, b) => (a.path < b.path ? -1 : 1))
    },

    async remove(path) {
      const key = keyOf(checkedPath(path))
      await expectSuccess(await ask({ method: 'DELETE', key }))
      for await (const page of pages(ask, `${key}/`, '')) {
        for (const file of page.files) {
          await expectSuccess(await ask({ method: 'DELETE', key: file.key }))
        }
      }
    },
  }
}

interface ListPage {
  directories: string[]
  files: { key: string; size: number }[]
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
async function* pages(
  ask: (asked: Asked) => Promise<IncomingMessage>,
  prefix: string,
  delimiter: string,
): AsyncGenerator<ListPage> {
  for (let token = ''; ; ) {
    const query = {
      'list-type': '2',
      prefix,
      ...(delimiter === '' ? {} : { delimiter }),
      ...(token === '' ? {} : { 'continuation-token': token }),
    }
    const answer = await ask({ method: 'GET', query })
    if (answer.statusCode !== 200) throw await refusal(answer)
    const xml = await textOf(answer)
    yield {
      directories: elements(xml, 'CommonPrefixes').flatMap((part) => elements(part, 'Prefix').map(unescaped)),
      files: elements(xml, 'Contents').map((part) => ({
        key: unescaped(elements(part, 'Key')[0] ?? ''),
        size: Number(elements(part, 'Size')[0] ?? 0),
      })),
    }
    token = unescaped(elements(xml, 'NextContinuationToken')[0] ?? '')
    if (token === '') return
  }
}

/** The contents of every element of a name; S3's answers have no attributes and nest none within itself. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, content = '']) => content,
  )
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    return entities[name] ?? whole
  })
}

/** Writes what arrives to a file, because S3 wants its length and hash first. Gives the hash. */
async function spool(content: Readable, file: string): Promise<string> {
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await mkdir(tmpdir(), { recursive: true })
  await pipeline(content, hashing, createWriteStream(file))
  return hash.digest('hex')
}

async function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  content: Readable = Readable.from([]),
): Promise<IncomingMessage> {
  const ask = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = ask(url, { method, headers, timeout: 60_000 }, resolve)
    request.on('timeout', () => request.destroy(new Error('it did not answer within 60 s')))
    request.on('error', (cause) => reject(unreachable(url, cause)))
    pipeline(content, request).catch((cause: Error) => reject(unreachable(url, cause)))
  })
}

function unreachable(url: URL, cause: Error): VoxtraceError {
  return new VoxtraceError(
    'TEMPORARILY_UNAVAILABLE',
    `The artifact storage at ${url.host} cannot be reached (${cause.message}). Try again shortly.`,
    { cause },
  )
}

async function expectSuccess(answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0
  if (status < 200 || status > 299) throw await refusal(answer)
  answer.resume()
}

async function refusal(answer: IncomingMessage): Promise<VoxtraceError> {
  const xml = await textOf(answer)
  const reason = [elements(xml, 'Code')[0], elements(xml, 'Message')[0]].filter((part) => part !== undefined)
  return new VoxtraceError(
    'TEMPORARILY_UNAVAILABLE',
    `The artifact storage refused with ${answer.statusCode}${reason.length > 0 ? ` (${reason.map(unescaped).join(': ')})` : ''}. Check its bucket and keys.`,
  )
}
