import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readSource } from './read-source.ts'
import { readUrl } from './read-url.ts'

const warnings: string[] = []
const log = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} }

beforeEach(() => {
  warnings.length = 0
})

describe('a knowledge folder', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voxtrace-knowledge-'))
    const files: Record<string, string | Buffer> = {
      'a.md': '# A\nWords of A.',
      'deep/er/b.txt': 'Words of B.',
      'deep/c.HTML': '<h1>C</h1><p>Words of C.</p>',
      'deep/utf16.txt': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Wörter.', 'utf16le')]),
      'binary.txt': Buffer.from([1, 0, 2, 0]),
      'picture.png': 'no document',
      '.hidden/x.md': 'Hidden.',
      'node_modules/x.md': 'A dependency.',
    }
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    await symlink(folder, join(folder, 'deep/circle'))
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling.md'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is read with the folders in it, without what is hidden, binary, foreign or a circle of links', async () => {
    const documents = await readSource(folder, log)
    expect(documents.map(({ source }) => source)).toEqual([
      'a.md',
      'deep/c.HTML',
      'deep/er/b.txt',
      'deep/utf16.txt',
    ])
    expect(documents[3]?.sections[0]?.blocks).toEqual(['Wörter.'])
    expect(warnings).toHaveLength(2)
  })

  test('may be a single file', async () => {
    expect(await readSource(join(folder, 'a.md'), log)).toEqual([
      { source: 'a.md', sections: [{ headings: ['A'], blocks: ['Words of A.'] }] },
    ])
  })

  test.each([
    ['nowhere', 'cannot be read. Give a folder, a file or a URL that exists'],
    ['picture.png', 'is no document that can be read. Readable are .md'],
    ['binary.txt', 'holds binary data rather than text'],
  ])('%s is refused in words', async (name, message) => {
    await expect(readSource(join(folder, name), log)).rejects.toThrow(message)
  })

  test('without a document is refused in words', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    await expect(readSource(empty, log)).rejects.toThrow('holds no document. Readable are .md')
  })
})

describe('a knowledge URL', () => {
  let server: Server
  let origin: string
  const pages: Record<string, (response: ServerResponse) => void> = {
    '/page': (r) =>
      void r.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>T</h1><p>Words.</p>'),
    '/latin': (r) =>
      void r
        .writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' })
        .end(Buffer.from([0x57, 0xf6, 0x72])),
    '/moved': (r) => void r.writeHead(302, { location: '/page' }).end(),
    '/image': (r) => void r.writeHead(200, { 'content-type': 'image/png' }).end('x'),
    '/gone': (r) => void r.writeHead(404).end(),
    '/slow': (r) => void r.writeHead(200, { 'content-type': 'text/plain' }).write('still'),
    '/cut': (r) => {
      r.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' }).write('part')
      setTimeout(() => r.destroy(), 20)
    },
    '/large': (r) => {
      r.writeHead(200, { 'content-type': 'text/plain' })
      const more = () => {
        while (!r.destroyed && r.write('x'.repeat(1 << 20)));
      }
      r.on('drain', more)
      more()
    },
  }

  beforeAll(async () => {
    server = createServer((request, response) => pages[request.url ?? '']?.(response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    origin = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('is read by its content type and character set, also where it moved', async () => {
    const sections = [{ headings: ['T'], blocks: ['Words.'] }]
    expect(await readSource(`${origin}/page`, log)).toEqual([{ source: `${origin}/page`, sections }])
    expect((await readUrl(`${origin}/moved`)).sections).toEqual(sections)
    expect((await readUrl(`${origin}/latin`)).sections[0]?.blocks).toEqual(['Wör'])
  })

  test.each([
    ['/image', 'its content type is image/png; readable are text/markdown'],
    ['/gone', 'the server answered 404 Not Found'],
    ['/slow', 'no answer within 0.3 s'],
    ['/large', 'it is larger than 16 MB'],
    ['/cut', 'cannot be read: '],
  ])('%s is refused in words', async (path, message) => {
    await expect(readUrl(origin + path, path === '/slow' ? 300 : 60_000)).rejects.toThrow(message)
  })

  test('that nobody answers is refused in words', async () => {
    await expect(readUrl('http://127.0.0.1:9/x')).rejects.toThrow(
      'The knowledge at http://127.0.0.1:9/x cannot be read: ',
    )
  })
})
