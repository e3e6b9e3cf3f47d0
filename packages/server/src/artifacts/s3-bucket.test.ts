import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { s3Storage } from './s3-bucket.ts'
import { signedHeaders } from './s3-signature.ts'

/** A bucket in memory that checks every signature by signing the request itself. */
const objects = new Map<string, Buffer>()
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
const bucket = createServer(async (request, response) => {
  const body = await buffer(request)
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const time = String(request.headers['x-amz-date'])
  const at = new Date(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const signed = signedHeaders({ method: request.method ?? '', url, bodyHash, region: 'eu', at }, credentials)
  if (signed.authorization !== request.headers.authorization) {
    response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message></Error>')
    return
  }
  const key = decodeURIComponent(url.pathname.replace(/^\/files\/?/, ''))
  const prefix = url.searchParams.get('prefix') ?? ''
  if (request.method === 'PUT') objects.set(key, body)
  else if (request.method === 'DELETE') objects.delete(key)
  else if (url.searchParams.has('list-type')) {
    const below = [...objects].filter(([name]) => name.startsWith(prefix))
    const isFile = ([name]: [string, Buffer]) =>
      url.searchParams.get('delimiter') !== '/' || !name.slice(prefix.length).includes('/')
    const escaped = (name: string) => name.replaceAll('&', '&amp;')
    const directories = new Set(
      below
        .filter((one) => !isFile(one))
        .map(([name]) => `${prefix}${name.slice(prefix.length).split('/')[0]}/`),
    )
    // One file a page, so that the reader has to follow the pages.
    const files = below.filter(isFile)
    const place = Number(url.searchParams.get('continuation-token') ?? 0)
    const [name, content] = files[place] ?? ['', Buffer.alloc(0)]
    const file =
      name === '' ? '' : `<Contents><Key>${escaped(name)}</Key><Size>${content.length}</Size></Contents>`
    const more = place + 1 < files.length ? `<NextContinuationToken>${place + 1}</NextContinuationToken>` : ''
    const shown = place > 0 ? [] : [...directories]
    response.end(
      `<ListBucketResult>${shown.map((one) => `<CommonPrefixes><Prefix>${one}</Prefix></CommonPrefixes>`).join('')}${file}${more}</ListBucketResult>`,
    )
    return
  } else if (!objects.has(key)) response.statusCode = 404
  response.end(request.method === 'GET' ? objects.get(key) : undefined)
})
let endpoint: string
beforeAll(async () => {
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', () => resolve()))
  const address = bucket.address()
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => {
  bucket.close()
})

const storage = (secretAccessKey = 'secret') =>
  s3Storage({
    bucket: 'files',
    prefix: 'voxtrace',
    endpoint,
    region: 'eu',
    credentials: { accessKeyId: 'key', secretAccessKey },
  })

test('keeps files in a bucket, lists them by directory, and deletes them', async () => {
  const files = storage()
  await files.write('1/a & b (ü).txt', Readable.from(['hello']))
  await files.write('1/deep/er/c.txt', Readable.from(['c']))
  await files.write('1/z.txt', Readable.from([]))
  expect([...objects.keys()]).toContain('voxtrace/1/a & b (ü).txt')
  const found = await files.read('1/a & b (ü).txt')
  expect([found?.size, await text(found?.content ?? Readable.from([]))]).toEqual([5, 'hello'])
  expect(await files.read('1/none.txt')).toBeNull()
  expect(await files.list('1')).toEqual([
    { path: 'a & b (ü).txt', is_dir: false, file_size: 5 },
    { path: 'deep', is_dir: true },
    { path: 'z.txt', is_dir: false, file_size: 0 },
  ])
  await files.remove('1/deep')
  expect(await files.list('1/deep')).toEqual([])
  await expect(files.read('../x')).rejects.toThrow('Invalid path')
})

test('says why the bucket refuses, and that it cannot be reached', async () => {
  await expect(storage('wrong').read('1/z.txt')).rejects.toThrow(
    'refused with 403 (SignatureDoesNotMatch: No.)',
  )
  const away = s3Storage({
    bucket: 'b',
    prefix: '',
    endpoint: 'http://127.0.0.1:9',
    region: 'eu',
    credentials,
  })
  await expect(away.write('x', Readable.from(['x']))).rejects.toThrow('cannot be reached')
})

test('signs as the published example does', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Bucket (List Objects)"
  const { authorization } = signedHeaders(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'),
      bodyHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      region: 'us-east-1',
      at: new Date('2013-05-24T00:00:00Z'),
    },
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  )
  expect(authorization).toContain(
    'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  )
})
