import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { channelsQuery, packageCountQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import { useIsSignedIn } from '../api/session.ts'
import type { Channel } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { PrivacyTag } from '../components/PrivacyTag.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 25

export function crumb(): string {
  return 'Channels'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, channelsQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels')

export function ChannelsPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const isSignedIn = useIsSignedIn()
  const channels = useQuery(channelsQuery(toPaging(search, LIMIT)))
  return (
    <>
      <PageHead
        title="Channels"
        actions={
          isSignedIn && (
            <ButtonLink {...paths.newChannel()} leftSection={<Icon name="plus" />}>
              New channel
            </ButtonLink>
          )
        }
      />
      <SearchBox
        label="Search channels"
        value={search.q ?? ''}
        onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
      />
      <QueryView query={channels}>
        {(page) =>
          page.items.length === 0 ? (
            <NoChannels search={search} isSignedIn={isSignedIn} />
          ) : (
            <>
              <DataTable caption="Channels" columns={columns} rows={page.items} rowKey={({ id }) => id} />
              <Pager page={page} search={search} limit={LIMIT} noun="channel" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

function NoChannels({ search, isSignedIn }: { search: ListSearch; isSignedIn: boolean }): ReactNode {
  if (search.q !== undefined) return <Empty title={`No channel has “${search.q}” in its name`} />
  if (search.page !== undefined) return <Empty title="This page of the list is empty" />
  if (!isSignedIn) {
    return (
      <Empty title="No public channels">
        There may be more for you: <Link {...paths.signIn('/channels')}>sign in</Link>.
      </Empty>
    )
  }
  return (
    <Empty title="No channels yet">
      A channel holds packages: what a mirror brings from elsewhere, and what people upload.{' '}
      <Link {...paths.newChannel()}>Create the first one</Link>.
    </Empty>
  )
}

const columns: readonly Column<Channel>[] = [
  {
    label: 'Name',
    isRowHeader: true,
    render: ({ path }) => <Link {...paths.channel(path)}>{path}</Link>,
  },
  { label: 'Access', render: ({ privacy }) => <PrivacyTag privacy={privacy} /> },
  { label: 'Description', isWide: true, render: ({ description }) => description || '–' },
  { label: 'Packages', isNumber: true, render: ({ path }) => <PackageCount channel={path} /> },
  { label: 'Revision', isNumber: true, render: ({ revision }) => formatCount(revision) },
  { label: 'Changed', render: ({ updated }) => <Time iso={updated} /> },
]

function PackageCount({ channel }: { readonly channel: string }): ReactNode {
  const count = useQuery(packageCountQuery(channel))
  return count.data === undefined ? '–' : formatCount(count.data)
}
