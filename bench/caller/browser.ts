import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Chromium is: `VOXTRACE_CHROMIUM`, or Debian's place; undefined when it is not there. */
export function chromiumPath(): string | undefined {
  const path = process.env.VOXTRACE_CHROMIUM ?? '/usr/bin/chromium'
  return existsSync(path) ? path : undefined
}

/** Errors: there is no Chromium. */
export async function openBrowser(moreArgs: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath()
  if (!executablePath) {
    throw new Error(
      'There is no Chromium: install it (apt install chromium) or set VOXTRACE_CHROMIUM to its path.',
    )
  }
  return await chromium.launch({
    executablePath,
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
