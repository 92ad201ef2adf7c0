/** Where Prometheus scrapes; and the contract's address of the same. */
import { BlockList, isIPv6 } from 'node:net'
import { z } from 'zod'
import { requirePermission } from '../identity/require-permission.ts'
import '../identity/request-actor.ts'
import type { Configuration } from '../platform/configuration.ts'
import type { App } from '../platform/http/app.ts'
import { metricMediaTypes, type ServerMetrics } from './server-metrics.ts'

const query = z.object({
  'name[]': z
    .union([z.string().max(200), z.array(z.string().max(200)).max(200)])
    .optional()
    .describe('Only the metrics of these names; all without it'),
})

export function metricRoutes(
  app: App,
  parts: { configuration: Configuration; metrics: ServerMetrics },
): void {
  const open = openTo(parts.configuration.metrics_open_to)
  for (const url of ['/metrics', '/api/system/metrics']) {
    app.get(
      url,
      {
        schema: {
          summary: 'Figures of the server, as Prometheus reads them; OpenMetrics or JSON when asked for',
          tags: ['system'],
          querystring: query,
        },
      },
      async (request, reply) => {
        if (!open(request.ip)) requirePermission(request.actor, 'metrics:read')
        const asked = request.query['name[]']
        const names = asked === undefined ? undefined : new Set([asked].flat())
        void reply.header('cache-control', 'no-store')
        const { accept = '' } = request.headers
        if (/^application\/json\b/.test(accept)) return parts.metrics.json(names)
        const format = accept.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'
        return reply.type(metricMediaTypes[format]).send(await parts.metrics.text(format, names))
      },
    )
  }
}

/** Whether an address is in one of the ranges. */
function openTo(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    const family = isIPv6(network) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(network, family)
    else list.addSubnet(network, Number(bits), family)
  }
  // an IPv4 address inside an IPv6 one is found in the ranges of IPv4
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
