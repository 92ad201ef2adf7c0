/**
 * Which order a range is read under. The namespace decides where it has an order of its own (PyPI: PEP 440); a
 * curated link decides for a CPE (OpenSSL: letters); otherwise what the record says its versions are.
 *
 * Later orders in the list are for versions or bounds that are none under the earlier ones. Letters have no
 * second: read under any other order `1.1.1a` comes before `1.1.1`.
 */
import type { VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { AffectedEntry } from './advisory.ts'
import type { IdentityLink } from './identity-link.ts'

const ordersByFirst: Readonly<Record<VersionOrderId, readonly VersionOrderId[]>> = {
  pep440: ['pep440', 'conda'],
  cran: ['cran', 'conda'],
  semver: ['semver', 'generic'],
  letters: ['letters'],
  jdk: ['jdk'],
  generic: ['generic'],
  conda: ['conda'],
}

const ordersByKind: ReadonlyMap<string, readonly VersionOrderId[]> = new Map([
  ['pypi', ordersByFirst.pep440],
  ['cran', ordersByFirst.cran],
  ['bioconductor', ordersByFirst.cran],
  ['npm', ordersByFirst.semver],
  ['go', ordersByFirst.semver],
  ['crates', ordersByFirst.semver],
])

export function ordersFor(link: IdentityLink, entry: AffectedEntry): readonly VersionOrderId[] {
  const byKind = ordersByKind.get(link.identity.kind)
  if (byKind) return byKind
  if (link.order !== null) return ordersByFirst[link.order]
  const schemes = new Set(entry.ranges.map((range) => range.scheme))
  if (schemes.has('python')) return ordersByFirst.pep440
  return schemes.has('semver') ? ordersByFirst.semver : ordersByFirst.generic
}
