import { Tabs } from 'radix-ui'
import { useMemo } from 'react'
import { clientSnippets } from './client-snippets.ts'
import { Snippet } from './snippet.tsx'

/** What to write so that one's client, of those that are known, sends its traces here. */
export function ClientChoice() {
  const snippets = useMemo(() => clientSnippets(location.origin), [])
  return (
    <Tabs.Root className="client-choice" defaultValue="0">
      <Tabs.List className="clients" aria-label="Your client">
        {snippets.map(({ client }, index) => (
          <Tabs.Trigger key={client} value={String(index)} className="button">
            {client}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {snippets.map(({ client, install, program }, index) => (
        <Tabs.Content key={client} value={String(index)} className="endpoints">
          <Snippet title="Install" text={install} />
          <Snippet title="Write" text={program} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
