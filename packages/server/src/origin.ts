import { VoxtraceError } from '@voxtrace/model'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Keeps web pages of elsewhere from using a visitor's browser against the server. Programs, which send no `Origin`,
 * are not concerned.
 *
 * - Bound to loopback, only requests for a loopback name are answered: a foreign name that resolves to this machine
 *   (DNS rebinding) is refused.
 * - Requests that change something are refused when their page comes from another host than the server's own, unless
 *   it too stands on this machine.
 */
export function guardOrigin(boundHost: string) {
  const onLoopback = isLoopback(boundHost)
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    const host = hostnameOf(`http://${request.headers.host ?? ''}`)
    if (onLoopback && host !== null && !isLoopback(host)) {
      throw new VoxtraceError(
        'PERMISSION_DENIED',
        `This server answers on this machine only, and not for the name "${host}". Open it as localhost, or start it with --host 0.0.0.0.`,
      )
    }
    const { origin } = request.headers
    if (origin === undefined || ['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return
    const from = hostnameOf(origin)
    const forwarded = request.headers['x-forwarded-host']
    const own = [host, hostnameOf(`http://${Array.isArray(forwarded) ? forwarded[0] : (forwarded ?? '')}`)]
    if (from === null || !(own.includes(from) || (onLoopback && isLoopback(from)))) {
      throw new VoxtraceError(
        'PERMISSION_DENIED',
        `Pages of ${origin} may not change anything on this server.`,
      )
    }
  }
}

function hostnameOf(url: string): string | null {
  return URL.parse(url)?.hostname || null
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
  )
}
