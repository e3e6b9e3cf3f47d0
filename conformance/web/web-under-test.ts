import type { Page } from 'playwright-core'

export interface Screen {
  viewport: { width: number; height: number }
  /** Whether it is touched, and nothing points at it. */
  touch?: boolean
}

/** What tests of pages need of the server and the browser that those of a file share. */
export interface PagesUnderTest {
  /** Of the server. */
  url(): string
  databaseUrl(): string
  /** Where the server keeps files, and where the built web app lies. */
  directory(): string
  webDirectory(): string
  open(path: string, screen?: Screen): Promise<Page>
}

/** The same with sample conversations. */
export interface WebUnderTest extends PagesUnderTest {
  /** The experiment that the sample conversations are in. */
  experimentId(): string
}

/** Asks the server for JSON. */
export async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
