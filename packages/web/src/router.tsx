import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { readAhead } from './api/read-ahead.ts'
import { RequestFailure, serverAnswers } from './api/request.ts'
import { openedTracePath } from './api/trace-path.ts'
import { AppShell } from './components/app-shell.tsx'
import { addressOfMlflow } from './mlflow-address.ts'
import { NotFoundPage, PageFailure } from './pages/not-found-page.tsx'
import { type DetailTab, detailTabs } from './store/detail-tabs.ts'

/** Those of the named parameters of the address that are there. */
function textsOf<Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') texts[name] = value
  }
  return texts
}

/** The named component of a module, whose code comes when its page is first opened. */
const pageOf: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(() => load().catch(sayWhyNoCodeCame), name)

async function sayWhyNoCodeCame(error: unknown): Promise<never> {
  // A server that takes longer than this does not answer.
  const answers = await serverAnswers(AbortSignal.timeout(longestAskMs)).catch(() => false)
  if (answers) {
    // A server of another version, whose files have other names. For these words the router reloads the page, once.
    throw new Error('Failed to fetch dynamically imported module: the server may have another version.', {
      cause: error,
    })
  }
  const said = 'The Voxtrace server does not answer. Is it running? The page opens as soon as it does.'
  throw new RequestFailure('offline', said, null, { cause: error })
}

const longestAskMs = 5_000

const rootRoute = createRootRoute({
  component: AppShell,
  notFoundComponent: NotFoundPage,
})

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: ({ location }) => {
    const href = addressOfMlflow(location.hash)
    if (href !== null) throw redirect({ href, replace: true })
  },
  component: pageOf(() => import('./pages/home/home-page.tsx'), 'HomePage'),
})

const connectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connect',
  component: pageOf(() => import('./pages/home/connect-page.tsx'), 'ConnectPage'),
})

const experimentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments',
  validateSearch: (search) => textsOf(search, ['name', 'stage']),
  component: pageOf(() => import('./pages/experiments/experiments-page.tsx'), 'ExperimentsPage'),
})

const tracesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$experimentId',
  validateSearch: (search) => textsOf(search, ['filter', 'last', 'from', 'to', 'columns', 'order']),
  component: pageOf(() => import('./pages/traces/traces-page.tsx'), 'TracesPage'),
})

const dashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$experimentId/dashboard',
  validateSearch: (search) => textsOf(search, ['range', 'by']),
  component: pageOf(() => import('./pages/dashboard/dashboard-page.tsx'), 'DashboardPage'),
})

const sessionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$experimentId/sessions',
  validateSearch: (search) => textsOf(search, ['filter', 'last', 'from', 'to', 'columns', 'order']),
  component: pageOf(() => import('./pages/sessions/sessions-page.tsx'), 'SessionsPage'),
})

const compareRunsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/compare/runs',
  validateSearch: (search) => textsOf(search, ['ids']),
  component: pageOf(() => import('./pages/compare-runs/compare-runs-page.tsx'), 'CompareRunsPage'),
})

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$experimentId/runs',
  validateSearch: (search) => textsOf(search, ['filter', 'last', 'from', 'to', 'columns', 'stage', 'order']),
  component: pageOf(() => import('./pages/runs/runs-page.tsx'), 'RunsPage'),
})

const reviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$experimentId/review',
  validateSearch: (
    search,
  ): {
    filter?: string
    unit?: 'turn' | 'conversation'
    order?: 'newest' | 'shuffled'
    share?: 'divided'
    at?: string
  } => ({
    ...(typeof search.filter === 'string' && search.filter !== '' && { filter: search.filter }),
    ...(search.unit === 'conversation' && { unit: search.unit }),
    ...(search.order === 'shuffled' && { order: search.order }),
    ...(search.share === 'divided' && { share: search.share }),
    ...(typeof search.at === 'string' && { at: search.at }),
  }),
  component: pageOf(() => import('./pages/review/review-page.tsx'), 'ReviewPage'),
})

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$runId',
  component: pageOf(() => import('./pages/run/run-page.tsx'), 'RunPage'),
})

const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces/$traceId',
  validateSearch: (
    search,
  ): { span?: string | undefined; tab?: DetailTab | undefined; t?: string | undefined } => {
    const { span, t } = search
    const tab = detailTabs.find((known) => known === search.tab)
    return {
      ...(typeof span === 'string' && { span }),
      ...(tab && { tab }),
      ...(typeof t === 'string' && { t }),
    }
  },
  // The id that OpenTelemetry knows a trace by, as it stands in logs.
  beforeLoad: ({ params, search }) => {
    if (!/^[0-9a-f]{32}$/.test(params.traceId)) return
    throw redirect({
      to: '/traces/$traceId',
      params: { traceId: `tr-${params.traceId}` },
      search,
      replace: true,
    })
  },
  // The trace is on its way while the code of its page is.
  loader: ({ params, cause }) => {
    if (cause === 'enter') readAhead(openedTracePath(params.traceId))
  },
  component: pageOf(() => import('./pages/trace/trace-page.tsx'), 'TracePage'),
})

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/compare',
  validateSearch: (search) => textsOf(search, ['left', 'right', 'filter']),
  component: pageOf(() => import('./pages/compare/compare-page.tsx'), 'ComparePage'),
})

const talkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/talk',
  component: pageOf(() => import('./pages/talk/talk-page.tsx'), 'TalkPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    connectRoute,
    experimentsRoute,
    tracesRoute,
    sessionsRoute,
    dashboardRoute,
    compareRunsRoute,
    runsRoute,
    reviewRoute,
    runRoute,
    traceRoute,
    compareRoute,
    talkRoute,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailure,
  // Ids of spans are digits now and then, and must not come back from the URL as numbers.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const parameters = new URLSearchParams()
    for (const [key, value] of Object.entries(search))
      if (typeof value === 'string') parameters.set(key, value)
    const text = parameters.toString()
    return text ? `?${text}` : ''
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
