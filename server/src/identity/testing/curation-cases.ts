/** Who may curate vulnerabilities: cases for the table of all routes. */
import { admins, everybody, readers, type Case, type Expected, type Privacy } from './authorization-askers.ts'

/** Readers of a channel, but for a token whose scopes do not hold cve:view. */
const cveReaders =
  (status: number) =>
  (privacy: Privacy): Expected => ({
    ...readers(status)(privacy),
    ...(privacy !== 'public' && { small: 403 }),
  })

const status = { status: 'cleared', reason: 'x', package: 'demo' }

export const curationCases: readonly Case[] = [
  ...['', '/preview'].map((rest): Case => ({
    method: 'POST',
    route: `/api/cves/{cve_id}/statuses${rest}`,
    url: () => `/api/cves/CVE-1999-0001/statuses${rest}`,
    body: status,
    expected: () => admins(404),
  })),
  { method: 'GET', route: '/api/cve-queue', expected: () => admins(200) },
  {
    method: 'GET',
    route: '/api/channels/{channel}/cves/{cve_id}/evidence',
    url: (channel) => `/api/channels/${channel}/cves/CVE-1999-0001/evidence?file=noarch/none-1-0.conda`,
    expected: cveReaders(404),
  },
  { method: 'GET', route: '/api/identities', expected: () => everybody(200) },
  {
    method: 'GET',
    route: '/api/identities/{name}',
    url: () => '/api/identities/nobody-has-this',
    expected: () => ({ ...everybody(404), admin: 200 }),
  },
  {
    method: 'PUT',
    route: '/api/identities/{name}/rulings',
    url: () => '/api/identities/demo/rulings',
    body: { identity: 'none', reason: 'x' },
    expected: () => admins(400),
  },
  {
    method: 'DELETE',
    route: '/api/identities/{name}/rulings',
    url: () => '/api/identities/demo/rulings',
    expected: () => admins(404),
  },
  { method: 'GET', route: '/api/cves', expected: () => everybody(200) },
  ...[
    ['', 404],
    ['/files', 404],
    ['/history', 200],
    ['/statuses', 200],
  ].map(([rest, status]): Case => ({
    method: 'GET',
    route: `/api/cves/{cve_id}${rest}`,
    url: () => `/api/cves/CVE-1999-0001${rest}`,
    expected: () => everybody(Number(status)),
  })),
  {
    method: 'GET',
    route: '/api/cves-report',
    url: () => `/api/cves-report?sha256s=${'0'.repeat(64)}`,
    expected: () => everybody(200),
  },
  {
    method: 'POST',
    route: '/api/cves-report',
    body: { sha256s: ['0'.repeat(64)] },
    expected: () => everybody(200),
  },
  ...['cves', 'cve-matches', 'cves_history'].map((view): Case => ({
    method: 'GET',
    route: `/api/channels/{channel}/${view}`,
    expected: cveReaders(200),
  })),
  ...[
    ['cves/{cve_id}', 404],
    ['cves/{cve_id}/files', 200],
    ['artifacts/conda/{name}/cves', 200],
    ['artifacts/conda/{name}/cves/{cve_id}', 404],
    ['artifacts/conda/{name}/cves/{cve_id}/files', 200],
    ['artifacts/conda/{name}/file-cves/{subdir}/{filename}', 404],
  ].map(([route, status]): Case => ({
    method: 'GET',
    route: `/api/channels/{channel}/${route}`,
    url: (channel) =>
      `/api/channels/${channel}/${String(route)
        .replace('{cve_id}', 'CVE-1999-0001')
        .replace('{name}', 'demo')
        .replace('{subdir}', 'noarch')
        .replace('{filename}', 'none-1-0.conda')}`,
    expected: cveReaders(Number(status)),
  })),
  { method: 'GET', route: '/api/curations', expected: () => admins(200) },
  { method: 'GET', route: '/api/curations/export', expected: () => admins(200) },
  {
    method: 'POST',
    route: '/api/curations/import',
    body: { items: 'none' },
    expected: () => admins(400),
  },
  {
    method: 'GET',
    route: '/api/curations/{id}',
    url: () => '/api/curations/none',
    expected: () => admins(404),
  },
  ...['approve', 'refuse', 'end'].map((verb): Case => ({
    method: 'POST',
    route: `/api/curations/{id}/${verb}`,
    url: () => `/api/curations/none/${verb}`,
    body: { note: 'x' },
    expected: () => admins(404),
  })),
]
