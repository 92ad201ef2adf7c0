import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { serviceAccountsQuery } from '../api/access-queries.ts'
import type { ServiceAccount } from '../api/access-types.ts'
import type { Search } from '../api/queries.ts'
import { paths, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import { Pager } from './Pager.tsx'
import { QueryView } from './QueryView.tsx'

interface ServiceAccountsProps {
  /** Name of a channel, for those that belong to it. */
  readonly channel?: string
  readonly paging: Search
  readonly search: ListSearch
}

export function ServiceAccounts({ channel, paging, search }: ServiceAccountsProps): ReactNode {
  const accounts = useQuery(serviceAccountsQuery(channel, paging))
  return (
    <QueryView query={accounts}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty
            title={search.q === undefined ? 'No service accounts' : `None with “${search.q}” in its name`}
          >
            Programs get accounts of their own, so that their tokens outlive no person’s.
          </Empty>
        ) : (
          <>
            <DataTable
              caption="Service accounts"
              columns={channel === undefined ? columns : columns.filter(({ label }) => label !== 'Channel')}
              rows={page.items}
              rowKey={({ id }) => id}
            />
            <Pager page={page} search={search} limit={paging.limit} noun="service account" />
          </>
        )
      }
    </QueryView>
  )
}

const columns: readonly Column<ServiceAccount>[] = [
  {
    label: 'Name',
    isRowHeader: true,
    render: ({ id, name, is_disabled: isDisabled }) => (
      <>
        <Link {...paths.serviceAccount(id)}>{name}</Link> {isDisabled && <Tag tone="bad">disabled</Tag>}
      </>
    ),
  },
  { label: 'Description', isWide: true, render: ({ description }) => description || '–' },
  {
    label: 'Channel',
    render: ({ channel }) =>
      channel === null ? 'the organisation' : <Link {...paths.sharing(channel)}>{channel}</Link>,
  },
  { label: 'Since', render: (account) => <Time iso={account.created_at} /> },
]
