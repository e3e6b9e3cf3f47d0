/**
 * Runs before the first paint and before the app's code has come: shows the chosen theme, so that a dark page never
 * flashes light, and asks for what the page of this address needs, so that it comes beside the app and not after it.
 */
import { readAhead } from './api/read-ahead.ts'
import { openedTracePath } from './api/trace-path.ts'

/** The files of the page of each address; `$name` in an address stands for any one part. Written by the build. */
declare const pageFiles: [address: string, files: string[]][]

function chosenTheme(): string | null {
  try {
    return localStorage.getItem('voxtrace.theme')
  } catch {
    // Storage may be forbidden; the system's preference holds then.
    return null
  }
}

function askFor(href: string): void {
  const link = document.createElement('link')
  if (href.endsWith('.css')) {
    link.rel = 'preload'
    link.as = 'style'
    // As the app asks for it later, else it would come twice.
    link.crossOrigin = ''
  } else link.rel = 'modulepreload'
  link.href = href
  document.head.append(link)
}

const theme = chosenTheme() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
document.documentElement.dataset.theme = theme

const parts = location.pathname.replace(/\/+$/, '').split('/')
const isHere = (address: string) => {
  const wanted = address.replace(/\/+$/, '').split('/')
  return (
    wanted.length === parts.length &&
    wanted.every((part, index) => part.startsWith('$') || part === parts[index])
  )
}
for (const href of pageFiles.find(([address]) => isHere(address))?.[1] ?? []) askFor(href)
if (parts[1] === 'traces' && parts[2] !== undefined && parts.length === 3) {
  readAhead(openedTracePath(decodeURIComponent(parts[2])))
}
