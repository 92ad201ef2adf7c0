/** Who may curate vulnerabilities: cases for the table of all routes. */
import { admins, type Case } from './authorization-askers.ts'

const status = { status: 'cleared', reason: 'x', package: 'demo' }

export const curationCases: readonly Case[] = [
  ...['', '/preview'].map((rest): Case => ({
    method: 'POST',
    route: `/api/cves/{cve_id}/statuses${rest}`,
    url: () => `/api/cves/CVE-1999-0001/statuses${rest}`,
    body: status,
    expected: () => admins(404),
  })),
  { method: 'GET', route: '/api/curations', expected: () => admins(200) },
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
