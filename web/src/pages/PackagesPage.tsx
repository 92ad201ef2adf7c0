import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../api/access-queries.ts'
import { packagesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Package } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { KeptBackBar } from '../components/Verdict.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import classes from './PackagesPage.module.css'

const LIMIT = 50

export function load(queryClient: QueryClient, channel: string, search: ListSearch): void {
  startReading(queryClient, packagesQuery(channel, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/')

export function PackagesPage(): ReactNode {
  const { channel } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const packages = useQuery(packagesQuery(channel, toPaging(search, LIMIT)))
  return (
    <>
      <SearchBox
        label="Search packages"
        value={search.q ?? ''}
        onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
      />
      <QueryView query={packages}>
        {(page) =>
          page.items.length === 0 ? (
            <NoPackages channel={channel} search={search} />
          ) : (
            <>
              <DataTable caption="Packages" columns={columns} rows={page.items} rowKey={({ name }) => name} />
              <Pager page={page} search={search} limit={LIMIT} noun="package" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

function NoPackages({ channel, search }: { channel: string; search: ListSearch }): ReactNode {
  const may = useMay(channel)
  if (search.q !== undefined) return <Empty title={`No package has “${search.q}” in its name`} />
  if (search.page !== undefined) return <Empty title="This page of the list is empty" />
  if (!may('channel.mirror:edit')) return <Empty title="No packages yet" />
  return (
    <Empty title="No packages yet">
      <Link {...paths.newMirror(channel)}>Mirror an upstream channel</Link>, or upload packages through the
      REST interface: POST /api/channels/{channel}/artifacts.
    </Empty>
  )
}

const columns: readonly Column<Package>[] = [
  {
    label: 'Package',
    isRowHeader: true,
    render: ({ channel, name }) => <Link {...paths.package(channel, name)}>{name}</Link>,
  },
  { label: 'Newest version', render: ({ metadata }) => metadata.version },
  { label: 'Subdirs', isWide: true, render: ({ metadata }) => metadata.subdirs.join(', ') },
  { label: 'Files', isNumber: true, render: (item) => formatCount(item.file_count) },
  {
    label: 'Blocked',
    isNumber: true,
    render: (item) => (
      <div className={classes.blocked}>
        <span>{formatCount(item.blocked_count)}</span>
        {item.blocked_count > 0 && <KeptBackBar all={item.file_count} blocked={item.blocked_count} />}
      </div>
    ),
  },
]
