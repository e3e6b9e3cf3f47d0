import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian puts it. The shell is the same browser without windows, and costs two thirds of the processor. */
const usualPaths = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

/** Where Chromium is: `VOXTRACE_CHROMIUM`, or where Debian puts it; undefined when it is not there. */
export function chromiumPath(): string | undefined {
  const named = process.env.VOXTRACE_CHROMIUM
  return (named === undefined ? usualPaths : [named]).find((path) => existsSync(path))
}

/** The same. Errors: it is not there. */
export function neededChromiumPath(): string {
  const path = chromiumPath()
  if (path !== undefined) return path
  throw new Error(
    'There is no Chromium: install it (apt install chromium) or set VOXTRACE_CHROMIUM to its path.',
  )
}

/** Errors: there is no Chromium. */
export async function openBrowser(moreArgs: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: neededChromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...moreArgs,
    ],
  })
}
