import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { serverAnswersQuery } from '../api/status.ts'
import { callPresenceStore } from '../store/call-presence.ts'
import { connectionStore } from '../store/connection.ts'
import { useStore } from '../store/observable.ts'
import { themeStore } from '../store/theme.ts'
import { Icon, Logo } from './icon.tsx'
import { useShortcuts } from './shortcuts.ts'
import './app-shell.css'

const KeyboardSheet = lazy(() =>
  import('./keyboard-sheet.tsx').then(({ KeyboardSheet }) => ({ default: KeyboardSheet })),
)

/** Rail (a bar at the bottom of a phone) around whichever page is open. */
export function AppShell() {
  const navigate = useNavigate()
  const inCall = useStore(callPresenceStore)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const [keyboardOpen, setKeyboardOpen] = useState(false)
  useShortcuts({
    '?': () => setKeyboardOpen(true),
    t: () => void navigate({ to: '/talk' }),
  })
  return (
    <div className="app" data-in-call={inCall && path === '/talk'}>
      <nav className="rail" aria-label="Main">
        <Link to="/" className="home" aria-label="Voxtrace home">
          <Logo />
        </Link>
        <MainLinks />
        <span className="spacer" />
        <button
          type="button"
          title="Keyboard (?)"
          aria-label="Keyboard shortcuts"
          onClick={() => setKeyboardOpen(true)}
        >
          <Icon name="keyboard" />
        </button>
        <ThemeButton />
      </nav>
      <Outlet />
      <nav className="tabbar" aria-label="Main">
        <MainLinks labelled />
        <ThemeButton labelled />
      </nav>
      <OfflineNote />
      {keyboardOpen && (
        <Suspense>
          <KeyboardSheet open onOpenChange={setKeyboardOpen} />
        </Suspense>
      )}
    </div>
  )
}

function MainLinks({ labelled = false }: { labelled?: boolean }) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const talking = path.startsWith('/talk')
  const inCall = useStore(callPresenceStore)
  return (
    <>
      <Link
        to="/experiments"
        title="Experiments"
        {...(!labelled && { 'aria-label': 'Experiments' })}
        aria-current={!talking && path !== '/' ? 'page' : undefined}
      >
        <Icon name="list" />
        {labelled && 'Experiments'}
      </Link>
      <Link
        to="/talk"
        title="Talk (T)"
        {...(!labelled && { 'aria-label': 'Talk' })}
        aria-current={talking ? 'page' : undefined}
      >
        <span className="talk-icon">
          <Icon name="mic" />
          {inCall && <span className="dot live" role="img" aria-label="in a call" />}
        </span>
        {labelled && 'Talk'}
      </Link>
    </>
  )
}

function ThemeButton({ labelled = false }: { labelled?: boolean }) {
  const theme = useStore(themeStore)
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <button
      type="button"
      title={`Show ${other}`}
      aria-label={`Show ${other}`}
      onClick={() => themeStore.toggle()}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      {labelled && (other === 'dark' ? 'Dark' : 'Light')}
    </button>
  )
}

/** Says that the page may be old, and no more of the server than is known. */
function OfflineNote() {
  const isLost = useStore(connectionStore) === 'lost'
  const { data: answers } = useQuery({ ...serverAnswersQuery, enabled: isLost })
  return (
    <div role="status" aria-live="polite">
      {isLost && answers !== undefined && (
        <div className="offline-note">
          {answers ? 'The server answers, but does not tell what is new.' : 'The server does not answer.'}{' '}
          This page shows what it last knew and keeps trying.
        </div>
      )}
    </div>
  )
}
