import type { ReactNode } from 'react'
import type { Session } from '../api/access-types.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import { deviceOf } from './device.ts'

interface SessionsProps {
  readonly items: readonly Session[]
  /** Without it they are only shown. */
  readonly onEnd?: (id: string) => void
  readonly isBusy?: (id: string) => boolean
}

/** Where somebody is signed in. */
export function Sessions({ items, onEnd, isBusy }: SessionsProps): ReactNode {
  if (items.length === 0) return <Empty title="Signed in nowhere" />
  const end: Column<Session> = {
    label: 'End',
    render: (session) =>
      session.current ? (
        <Tag tone="good">this one</Tag>
      ) : (
        <ConfirmButton
          label="End"
          description={`End the session of ${deviceOf(session.user_agent)} from ${session.address ?? 'somewhere'}`}
          confirmLabel="End it"
          isBusy={isBusy?.(session.id) ?? false}
          onConfirm={() => onEnd?.(session.id)}
        />
      ),
  }
  return (
    <DataTable<Session>
      caption="Sessions"
      rows={items}
      rowKey={({ id }) => id}
      columns={[
        { label: 'With', isRowHeader: true, isWide: true, render: (one) => deviceOf(one.user_agent) },
        { label: 'From', render: ({ address }) => address ?? 'not known' },
        { label: 'Signed in', render: (one) => <Time iso={one.created_at} /> },
        { label: 'Last seen', render: (one) => <Time iso={one.last_seen_at} /> },
        { label: 'Ends', render: (one) => <Time iso={one.expires_at} /> },
        ...(onEnd ? [end] : []),
      ]}
    />
  )
}
