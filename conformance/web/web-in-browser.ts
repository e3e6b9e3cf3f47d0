import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startServer } from '@voxtrace/server'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { chromiumPath, neededChromiumPath } from '../../bench/caller/browser.ts'
import { webDirectory } from './build-web.ts'

export const wide = { width: 1440, height: 900 }
export const narrow = { width: 390, height: 844 }

export const hasChromium = chromiumPath() !== undefined

if (!hasChromium) {
  console.warn('Skipped: the tests of the web app need Chromium; set VOXTRACE_CHROMIUM to its path.')
}

/** A server with the web app, on a database of its own, and a browser, for the tests of one file. */
export interface WebInBrowser {
  url(): string
  databaseUrl(): string
  directory(): string
  webDirectory(): string
  /** A page of a browser's context of its own, which is closed when the test is over. */
  open(
    path: string,
    viewport?: { width: number; height: number },
    touch?: boolean,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<Page>
}

/** Starts them before the tests of the suite that calls it. A test in which a page throws fails. */
export function webInBrowser(): WebInBrowser {
  let database: TestDatabase
  let server: Server
  let directory: string
  let browser: Browser
  const contexts: BrowserContext[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'voxtrace-web-test-'))
    database = await createTestDatabase()
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl: database.databaseUrl,
      artifactDirectory: directory,
      webDirectory,
      botUrl: null,
      version: '0.0.0',
      log: silentLog,
    })
    browser = await chromium.launch({
      executablePath: neededChromiumPath(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--deny-permission-prompts',
        // Two pages that call each other find one another by their addresses.
        '--disable-features=WebRtcHideLocalIpsWithMdns',
      ],
    })
  })

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    expect(complaints.splice(0)).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await database?.drop()
    await rm(directory, { recursive: true, force: true })
  })

  async function open(
    path: string,
    viewport = wide,
    touch = false,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<Page> {
    const context = await browser.newContext({ viewport, hasTouch: touch, isMobile: touch })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    await prepare(page)
    await page.goto(server.url + path)
    return page
  }

  return {
    url: () => server.url,
    databaseUrl: () => database.databaseUrl,
    directory: () => directory,
    webDirectory: () => webDirectory,
    open,
  }
}
