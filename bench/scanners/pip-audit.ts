/**
 * pip-audit, which asks a service about each version. Ours on loopback answers from the OSV records as their format says
 * (https://ossf.github.io/osv-schema/#evaluation); what is measured is what pip-audit sees in a conda environment.
 */
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { orderNamed } from '@terrarium/conda/orders/order.ts'
import { intervalsOf, type OsvRecord } from './advisory-forms.ts'
import { FoundIds, pythonProgram, run } from './scanner.ts'
import type { Scanner } from './scanner.ts'

const VERSION = '2.10.1'

export const pipAudit: Scanner = {
  name: 'pip-audit',
  version: VERSION,
  given: 'the OSV records, by a service that answers as OSV’s does; it sees packages of PyPI alone',
  async scan({ packages, forms, environments, cache, work }) {
    const program = await pythonProgram(cache, 'pip-audit', VERSION)
    const service = await startService(forms.osv)
    try {
      const found = new FoundIds()
      const own = Map.groupBy(
        packages.filter(({ kind }) => kind === 'pypi'),
        ({ environment }) => environment,
      )
      for (const [environment, members] of own) {
        const path = join(environments, environment, 'lib/python3.11/site-packages')
        const words = [
          '--path',
          path,
          '-s',
          'osv',
          '--osv-url',
          service.url,
          '-f',
          'json',
          '--progress-spinner',
          'off',
        ]
        const report = JSON.parse(await run(program, words, work, { accept: [1] })) as Report
        for (const { name, version, vulns = [] } of report.dependencies) {
          const ids = vulns.flatMap(({ id, aliases }) => [id, ...aliases])
          const packagesOfIt = members.filter(
            (one) => normal(one.upstreamName) === normal(name) && one.version === version,
          )
          found.add(packagesOfIt, ids)
        }
      }
      return [{ shown: 'environments', findings: found.findings }]
    } finally {
      await service.stop()
    }
  },
}

interface Report {
  readonly dependencies: readonly {
    readonly name: string
    readonly version?: string
    readonly vulns?: readonly { readonly id: string; readonly aliases: readonly string[] }[]
  }[]
}

const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-')

async function startService(
  records: readonly OsvRecord[],
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const asked = JSON.parse(body) as { package: { name: string }; version: string } // as pip-audit asks
      const vulns = records.filter((record) => isAffected(record, normal(asked.package.name), asked.version))
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(vulns.length > 0 ? { vulns } : {}))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP socket has one
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/v1/query`, stop }
}

function isAffected({ affected = [] }: OsvRecord, name: string, version: string): boolean {
  const order = orderNamed('pep440')
  const asked = order.parse(version)
  const compare = (other: string): number => {
    const key = order.parse(other)
    return asked === undefined || key === undefined ? NaN : order.compare(asked, key)
  }
  return affected.some(({ package: target, versions = [], ranges = [] }) => {
    if (target?.ecosystem !== 'PyPI' || normal(target.name) !== name) return false
    const intervals = ranges
      .filter(({ type }) => type === 'ECOSYSTEM')
      .flatMap(({ events }) => intervalsOf(events))
    return (
      versions.some((one) => compare(one) === 0) ||
      intervals.some(
        ({ from, to, last }) =>
          (from === '0' || compare(from) >= 0) &&
          (to === undefined || compare(to) < 0) &&
          (last === undefined || compare(last) <= 0),
      )
    )
  })
}
