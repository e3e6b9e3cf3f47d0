import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { VoxtraceError } from '@voxtrace/model'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface OriginRules {
  /** The address that the server listens on. */
  host: string
  /** Further host names that it answers for, whatever the port; `*` stands for any characters, and alone for every name. */
  allowedHosts?: readonly string[]
  /** Web pages of elsewhere that may use it, such as `https://app.example.com`; `*` as above. */
  allowedOrigins?: readonly string[]
}

/**
 * Keeps web pages of elsewhere from using a visitor's browser against the server, as MLflow's server does
 * (mlflow/server/security_utils.py). Programs, which send no `Origin`, are not concerned.
 *
 * - Requests for a foreign host name are refused, which a page could have pointed at this machine (DNS rebinding). Bound
 *   to loopback, only loopback names are our own; bound to more, also this machine's name, addresses and names without a
 *   dot, none of which a page of the internet can have.
 * - Requests that change something are refused when their page comes from another host than the server's own, unless
 *   it too stands on the visitor's machine or is allowed.
 * - Pages that may use the server are told so in answer to their browsers' questions (CORS).
 * - No page but our own and those allowed may show ours in a frame, and no browser guesses what a file is.
 */
export function guardOrigin(rules: OriginRules) {
  const isOwnHost = ownHosts(rules)
  const isAllowedOrigin = matcher(rules.allowedOrigins ?? [])
  const isAnyAllowed = rules.allowedOrigins?.includes('*') ?? false
  const frames = framesOf(rules.allowedOrigins ?? [])
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    reply.raw.setHeader('x-content-type-options', 'nosniff')
    reply.raw.setHeader(...frames)
    const host = hostnameOf(`http://${request.headers.host ?? ''}`)
    if (request.headers.host !== undefined && !isOwnHost(host) && !isProbe(request)) {
      throw new VoxtraceError(
        'PERMISSION_DENIED',
        `This server does not answer for the host "${request.headers.host}". Open it by its address, or name the host with --allowed-hosts.`,
      )
    }
    const { origin } = request.headers
    if (origin === undefined) return undefined
    const from = hostnameOf(origin)
    if (from !== null && (isLoopback(from) || isAllowedOrigin(origin))) {
      allowPage(reply, isAnyAllowed ? '*' : origin)
      return isQuestion(request) ? answerQuestion(request, reply) : undefined
    }
    if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return undefined
    const forwarded = request.headers['x-forwarded-host']
    const own = [host, hostnameOf(`http://${Array.isArray(forwarded) ? forwarded[0] : (forwarded ?? '')}`)]
    if (from === null || !own.includes(from)) {
      throw new VoxtraceError(
        'PERMISSION_DENIED',
        `Pages of ${origin} may not change anything on this server. Allow them with --allowed-origins.`,
      )
    }
    return undefined
  }
}

/** Whether an address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
  )
}

function ownHosts({ host: bound, allowedHosts = [] }: OriginRules): (host: string | null) => boolean {
  const isAllowed = matcher(allowedHosts.map((name) => name.toLowerCase().replace(/:(\d+|\*)$/, '')))
  if (allowedHosts.includes('*')) return () => true
  if (isLoopback(bound)) return (host) => host !== null && (isLoopback(host) || isAllowed(host))
  const named = new Set([bound.toLowerCase(), hostname().toLowerCase()])
  return (host) =>
    host !== null &&
    (isLoopback(host) ||
      isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
      !host.includes('.') ||
      named.has(host) ||
      isAllowed(host))
}

function matcher(patterns: readonly string[]): (text: string) => boolean {
  const exact = patterns.map((pattern) => pattern.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*'))
  const expressions = exact.map((pattern) => new RegExp(`^${pattern}$`, 's'))
  return (text) => expressions.some((expression) => expression.test(text))
}

/** What asks whether the server is up, which load balancers do under names of their own. */
function isProbe({ url }: FastifyRequest): boolean {
  return ['/health', '/version'].includes(url.split('?')[0] ?? '')
}

/** A browser's question whether a page may send what it wants to (a CORS preflight). */
function isQuestion({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

function allowPage({ raw }: FastifyReply, origin: string): void {
  raw.setHeader('access-control-allow-origin', origin)
  raw.setHeader('vary', 'Origin')
  raw.setHeader('access-control-expose-headers', 'Retry-After')
  if (origin !== '*') raw.setHeader('access-control-allow-credentials', 'true')
}

function answerQuestion({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE, OPTIONS')
    .header('access-control-allow-headers', headers['access-control-request-headers'] ?? '')
    .header('access-control-max-age', '600')
    .send()
}

function framesOf(allowedOrigins: readonly string[]): [string, string] {
  if (allowedOrigins.length === 0) return ['x-frame-options', 'SAMEORIGIN']
  return ['content-security-policy', `frame-ancestors 'self' ${allowedOrigins.join(' ')}`]
}

function hostnameOf(url: string): string | null {
  return URL.parse(url)?.hostname || null
}
