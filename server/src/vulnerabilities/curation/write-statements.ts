/**
 * What we say, as OpenVEX 0.2 and as CSAF 2.0 in its VEX profile. Products are package URLs of conda, with the sha256
 * where one file is meant. What VEX has no word for stands in a note (`statement-extras.ts`).
 */
import type { VexStatus } from '../vex.ts'
import type { VulnerabilityStatus } from '../vulnerability-status.ts'
import { scopeText, type Curation } from './curation.ts'
import { toPurl } from './scope-purl.ts'
import { withExtras, type StatementExtras } from './statement-extras.ts'

export interface DocumentHead {
  readonly id: string
  readonly author: string
  readonly at: Date
}

const vexStatusOf: Readonly<Record<VulnerabilityStatus, VexStatus>> = {
  cleared: 'not_affected',
  active: 'affected',
  mitigated: 'fixed',
  reported: 'under_investigation',
  // the word for it: neither side is sure
  disputed: 'under_investigation',
}

function extrasOf(curation: Curation): StatementExtras {
  const { status, author, reason, expiresMs, links } = curation
  return { status, author, reason, expiresMs, links }
}

export function writeOpenVex(head: DocumentHead, curations: readonly Curation[]): object {
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': head.id,
    author: head.author,
    timestamp: head.at.toISOString(),
    version: 1,
    statements: whoseWordCounts(curations).map((curation) => {
      const status = vexStatusOf[curation.status]
      const purl = toPurl(curation.scope)
      const { sha256 } = curation.scope
      return {
        vulnerability: { name: curation.vulnerabilityId },
        timestamp: new Date(curation.effectiveMs ?? curation.proposedMs).toISOString(),
        products: [
          { '@id': purl, identifiers: { purl }, ...(sha256 !== null && { hashes: { 'sha-256': sha256 } }) },
        ],
        status,
        ...(status === 'not_affected' && {
          ...(curation.justification && { justification: curation.justification }),
          impact_statement: curation.reason,
        }),
        ...(status === 'affected' && { action_statement: curation.reason }),
        status_notes: withExtras('', extrasOf(curation)),
      }
    }),
  }
}

export function writeCsaf(head: DocumentHead, all: readonly Curation[]): object {
  const curations = whoseWordCounts(all)
  const at = head.at.toISOString()
  const products = new Map<string, { id: string; curation: Curation }>()
  for (const curation of curations) {
    const text = scopeText(curation.scope)
    if (!products.has(text)) products.set(text, { id: `product-${products.size + 1}`, curation })
  }
  const idOf = ({ scope }: Curation): string => products.get(scopeText(scope))!.id // put there above
  const named = Map.groupBy(curations, ({ vulnerabilityId }) => vulnerabilityId)
  return {
    document: {
      category: 'csaf_vex',
      csaf_version: '2.0',
      title: `What ${head.author} says of vulnerabilities in conda packages`,
      publisher: { category: 'user', name: head.author, namespace: 'https://terrarium.invalid' },
      tracking: {
        id: head.id,
        status: 'final',
        version: '1',
        initial_release_date: at,
        current_release_date: at,
        revision_history: [{ number: '1', date: at, summary: 'Written out' }],
      },
    },
    product_tree: {
      full_product_names: [...products].map(([name, { id, curation }]) => ({
        name,
        product_id: id,
        product_identification_helper: {
          purl: toPurl(curation.scope),
          ...(curation.scope.sha256 !== null && {
            hashes: [
              {
                filename: curation.scope.condaName,
                file_hashes: [{ algorithm: 'sha256', value: curation.scope.sha256 }],
              },
            ],
          }),
        },
      })),
    },
    vulnerabilities: [...named].map(([id, own]) => vulnerabilityOf(id, own, idOf)),
  }
}

const statusLists: Readonly<Record<VexStatus, string>> = {
  not_affected: 'known_not_affected',
  affected: 'known_affected',
  fixed: 'fixed',
  under_investigation: 'under_investigation',
}

function vulnerabilityOf(
  id: string,
  curations: readonly Curation[],
  idOf: (curation: Curation) => string,
): object {
  const of = (status: VexStatus): Curation[] =>
    curations.filter((curation) => vexStatusOf[curation.status] === status)
  const cleared = of('not_affected')
  const lists = Object.entries(statusLists).map(
    ([status, list]) => [list, of(status as VexStatus).map(idOf)] as const,
  )
  const flags = cleared.filter(({ justification }) => justification !== null)
  return {
    ...(id.startsWith('CVE-') ? { cve: id } : { ids: [{ system_name: 'GitHub Advisory', text: id }] }),
    product_status: Object.fromEntries(lists.filter(([, ids]) => ids.length > 0)),
    ...(flags.length > 0 && {
      flags: flags.map((curation) => ({ label: curation.justification, product_ids: [idOf(curation)] })),
    }),
    ...(cleared.length > 0 && {
      threats: cleared.map((curation) => ({
        category: 'impact',
        details: curation.reason,
        product_ids: [idOf(curation)],
      })),
    }),
    ...(of('affected').length > 0 && {
      remediations: of('affected').map((curation) => ({
        category: 'none_available',
        details: curation.reason,
        product_ids: [idOf(curation)],
      })),
    }),
    notes: curations.map((curation) => ({
      category: 'other',
      title: `terrarium ${idOf(curation)}`,
      text: withExtras('', extrasOf(curation)),
    })),
  }
}

/** Of several that say something of the very same files, the one that decides: a document must not contradict itself. */
function whoseWordCounts(curations: readonly Curation[]): Curation[] {
  const first = new Map<string, Curation>()
  const sorted = curations.toSorted(
    (a, b) => a.rank - b.rank || (b.effectiveMs ?? 0) - (a.effectiveMs ?? 0) || (a.id < b.id ? 1 : -1),
  )
  for (const curation of sorted) {
    const key = `${curation.vulnerabilityId} ${scopeText(curation.scope)}`
    if (!first.has(key)) first.set(key, curation)
  }
  return [...first.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
