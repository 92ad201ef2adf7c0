/** The small marks of a CVE: the status of files, and the signals of what is exploited. */
import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { cveStatuses, type Cve, type CveStatus } from '../api/types.ts'
import { formatCount } from '../ui/format.ts'
import { Tag } from '../ui/Tag.tsx'
import type { Tone } from '../ui/tone.ts'

const tones: Readonly<Record<CveStatus, Tone>> = {
  reported: 'notice',
  active: 'bad',
  mitigated: 'good',
  cleared: 'good',
  disputed: 'muted',
}

const meanings: Readonly<Record<CveStatus, string>> = {
  reported: 'An advisory matches, and nobody has looked',
  active: 'Somebody has looked: it has the flaw',
  mitigated: 'The build carries a fix',
  cleared: 'Somebody has looked: it does not have the flaw',
  disputed: 'The finding is contested',
}

export function StatusTag({ status, count }: { status: CveStatus; count?: number }): ReactNode {
  return (
    <Tag tone={tones[status]} title={meanings[status]}>
      {count === undefined ? status : `${formatCount(count)} ${status}`}
    </Tag>
  )
}

export function StatusTags({ statuses }: { readonly statuses: Cve['statuses'] }): ReactNode {
  const present = cveStatuses.filter((status) => (statuses[status] ?? 0) > 0)
  return (
    <Group gap={4}>
      {present.map((status) =>
        present.length === 1 ? (
          <StatusTag key={status} status={status} />
        ) : (
          <StatusTag key={status} status={status} count={statuses[status] ?? 0} />
        ),
      )}
    </Group>
  )
}

export function KevTag(): ReactNode {
  return (
    <Tag tone="bad" icon="alert" title="In CISA's list of vulnerabilities that are being exploited">
      exploited
    </Tag>
  )
}

/** `4.2 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
