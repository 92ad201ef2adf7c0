/** What a curator might have said of the sample, so that the pages of CVEs are not empty; it changes no decision. */
import type { Client } from '../client.ts'

const statuses = [
  {
    cve: 'CVE-2023-37920',
    package: 'certifi',
    version: '2023.5.7',
    status: 'active',
    reason: 'The bundle of this version has the root certificate; seen in its cacert.pem',
  },
  {
    cve: 'CVE-2023-32681',
    package: 'requests',
    status: 'disputed',
    reason: 'Our proxies take no credentials, so that none can leak',
  },
  // grave: it waits for a second person
  {
    cve: 'CVE-2023-37920',
    package: 'certifi',
    status: 'cleared',
    reason: 'Ours reads the trust store of the system',
  },
] as const

/** @returns how many were said; none where somebody has said something already */
export async function sayStatuses(client: Client): Promise<number> {
  const said = await client.get<{ total_count: number }>('/api/curations?limit=1')
  if (said.total_count > 0) return 0
  for (const { cve, ...body } of statuses) await client.post(`/api/cves/${cve}/statuses`, body)
  return statuses.length
}
