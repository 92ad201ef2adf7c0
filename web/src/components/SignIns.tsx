import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { lastSignInsQuery } from '../api/access-queries.ts'
import type { AuditEvent } from '../api/access-types.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'
import { QueryView } from './QueryView.tsx'

const outcomes: Readonly<Record<string, readonly [text: string, tone: Tone]>> = {
  'login.succeeded': ['signed in', 'good'],
  'login.failed': ['refused', 'notice'],
  'login.locked': ['locked out', 'bad'],
}

/** When somebody signed in of late or was refused, from the audit log. */
export function SignIns({ username }: { readonly username: string }): ReactNode {
  const events = useQuery(lastSignInsQuery(username))
  return (
    <QueryView query={events}>
      {(items) =>
        items.length === 0 ? (
          <Empty title="Never signed in" />
        ) : (
          <DataTable<AuditEvent>
            caption="Last sign-ins"
            rows={items}
            rowKey={({ id }) => id}
            columns={[
              { label: 'When', isRowHeader: true, render: ({ at }) => <Time iso={at} /> },
              { label: 'Outcome', render: ({ action }) => <Outcome action={action} /> },
              { label: 'From', render: ({ address }) => address ?? 'not known' },
              { label: 'How', isWide: true, render: ({ details }) => howOf(details) },
            ]}
          />
        )
      }
    </QueryView>
  )
}

function Outcome({ action }: { readonly action: string }): ReactNode {
  const [text, tone] = outcomes[action] ?? [action, 'none']
  return <Tag tone={tone}>{text}</Tag>
}

/** `password`, an identity provider, or why it was refused. */
function howOf(details: unknown): string {
  const said = typeof details === 'object' && details !== null ? Object.entries(details) : []
  return (
    said.map(([key, value]) => (key === 'method' ? String(value) : `${key} ${String(value)}`)).join(', ') ||
    '–'
  )
}
