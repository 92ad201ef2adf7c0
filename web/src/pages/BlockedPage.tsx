/** What clients cannot have, and why: nothing that is hidden is hidden from whoever looks here. */
import { Text } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { blockedFilesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { PackageFile } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { DamagedTag, DamageText } from '../components/Damage.tsx'
import { Reasons, VerdictTag } from '../components/Verdict.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Blocked'
}

export function load(queryClient: QueryClient, channel: string, search: ListSearch): void {
  startReading(queryClient, blockedFilesQuery(channel, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/blocked')

export function BlockedPage(): ReactNode {
  const { channel } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const files = useQuery(blockedFilesQuery(channel, toPaging(search, LIMIT)))
  return (
    <>
      <Text c="dimmed" size="sm">
        Every file of this channel that clients do not see in its index, with the rule that keeps it back, and
        every file whose bytes are damaged. Hidden files can still be downloaded by a lock file; those that
        are blocked, on hold or damaged cannot.
      </Text>
      <SearchBox
        label="Search blocked packages"
        value={search.q ?? ''}
        onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
      />
      <QueryView query={files}>
        {(page) =>
          page.items.length === 0 ? (
            <NothingBlocked channel={channel} search={search} />
          ) : (
            <>
              <DataTable
                caption="Blocked files"
                columns={columns}
                rows={page.items}
                rowKey={({ ckey }) => ckey}
              />
              <Pager page={page} search={search} limit={LIMIT} noun="file" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

function NothingBlocked({ channel, search }: { channel: string; search: ListSearch }): ReactNode {
  if (search.q !== undefined)
    return <Empty title={`No blocked file of a package with “${search.q}” in its name`} />
  if (search.page !== undefined) return <Empty title="This page of the list is empty" />
  return (
    <Empty title="Nothing is kept from clients">
      <Link {...paths.channelPolicies(channel)}>The policies of this channel</Link> decide that.
    </Empty>
  )
}

const columns: readonly Column<PackageFile>[] = [
  {
    label: 'File',
    isRowHeader: true,
    render: ({ channel, name, ckey }) => <Link {...paths.file(channel, name, ckey)}>{ckey}</Link>,
  },
  {
    label: 'Verdict',
    render: ({ effect, damage }) => (damage ? <DamagedTag /> : <VerdictTag effect={effect} />),
  },
  {
    label: 'Why',
    isWide: true,
    render: ({ reasons, damage }) => (
      <>
        {damage && <DamageText damage={damage} />}
        {reasons.length > 0 && <Reasons reasons={reasons} />}
        {!damage && reasons.length === 0 && 'No reason was recorded'}
      </>
    ),
  },
]
