/** Small worlds for tests: what a case does not name is the plainest that works. */
import type { Advisory, AffectedEntry, BoundRange, EventRange, RangeEvent } from '../advisory.ts'
import type { IdentityLink } from '../identity-link.ts'

export function anEntry(over: Partial<AffectedEntry> = {}): AffectedEntry {
  return {
    identity: { kind: 'pypi', name: 'demo' },
    ranges: [],
    versions: [],
    except: [],
    platforms: null,
    conditions: [],
    component: null,
    targetSoftware: null,
    isSecondary: false,
    note: null,
    ...over,
  }
}

export function anAdvisory(over: Partial<Advisory> & { readonly id: string }): Advisory {
  const source = over.source ?? 'pypa'
  return {
    key: `${source}:${over.id}`,
    source,
    aliases: [],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: null,
    modifiedMs: null,
    summary: '',
    mentions: [],
    scores: [],
    affected: [],
    references: [],
    ...over,
  }
}

export function aLink(over: Partial<IdentityLink> = {}): IdentityLink {
  return {
    condaName: 'demo',
    identity: { kind: 'pypi', name: 'demo' },
    relation: 'is',
    role: null,
    order: null,
    confidence: 1,
    evidence: 'the test says so',
    origin: 'curated',
    ...over,
  }
}

/** `>=1, <2`: a CPE's bounds. */
export function bounds(text: string): BoundRange {
  const range = { form: 'bounds', scheme: 'generic', from: null, to: null, isUnspecified: false } as const
  const [from = null] = text.split(', ').flatMap((part) => bound(part, '>'))
  const [to = null] = text.split(', ').flatMap((part) => bound(part, '<'))
  return { ...range, from, to }
}

function bound(part: string, sign: string): { version: string; isInclusive: boolean }[] {
  if (!part.startsWith(sign)) return []
  const isInclusive = part[1] === '='
  return [{ version: part.slice(isInclusive ? 2 : 1), isInclusive }]
}

/** `introduced 0, fixed 2`: OSV's events, in the order given. */
export function events(text: string, scheme: EventRange['scheme'] = 'ecosystem'): EventRange {
  return {
    form: 'events',
    scheme,
    events: text.split(', ').map((part) => {
      const [kind, version = ''] = part.split(' ')
      return { kind: kind as RangeEvent['kind'], version } // the cases spell it
    }),
  }
}

/** In OSV's words: requests before 2.31.0 has a vulnerability of score 9.8. */
export const requestsAdvisory = {
  id: 'PYSEC-2099-1',
  aliases: ['CVE-2099-0001'],
  modified: '2026-01-01T00:00:00Z',
  published: '2026-01-01T00:00:00Z',
  summary: 'Leaks proxy credentials',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'requests' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.31.0' }] }],
    },
  ],
}
