import { useState } from 'react'
import type { Medium } from '../../facade/chat-messages.ts'

/** Pictures and sounds of a payload. */
export function Media({ media }: { media: readonly Medium[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the same picture may come twice
  return media.map((medium, index) => <OneMedium key={index} medium={medium} />)
}

/**
 * What lies elsewhere and is only named in the trace is loaded when somebody asks for it: its server would learn who
 * reads the trace.
 */
function OneMedium({ medium: { kind, url } }: { medium: Medium }) {
  const [isWanted, setWanted] = useState(false)
  if (!isWanted && !isHere(url))
    return (
      <p className="medium-elsewhere">
        <code>{url}</code>
        {/^https?:/.test(url) && (
          <button type="button" className="button" onClick={() => setWanted(true)}>
            {`Load the ${kind === 'image' ? 'picture' : 'sound'} from ${hostOf(url)}`}
          </button>
        )}
      </p>
    )
  if (kind === 'image')
    return (
      <img
        className="payload-image"
        src={url}
        alt="Part of the payload"
        loading="lazy"
        referrerPolicy="no-referrer"
      />
    )
  // biome-ignore lint/a11y/useMediaCaption: what a payload holds comes without captions
  return <audio controls preload="none" src={url} />
}

function isHere(url: string): boolean {
  return url.startsWith('data:') || url.startsWith(`${location.origin}/`)
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
