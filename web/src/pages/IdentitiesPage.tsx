/** Names of packages and what they are upstream; what nobody has linked can have no known CVE. */
import { Group, NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { usedNamesQuery, type UsedName } from '../api/identities.ts'
import { startReading } from '../api/start-reading.ts'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, readIdentitySearch, toPaging, type IdentitySearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Tag } from '../ui/Tag.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Upstream'
}

export function load(queryClient: QueryClient, search: IdentitySearch): void {
  startReading(queryClient, usedNamesQuery(toQuery(search)))
}

function toQuery({ unmapped, ...search }: IdentitySearch): Parameters<typeof usedNamesQuery>[0] {
  return { ...toPaging(search, LIMIT), state: unmapped ? 'unmapped' : undefined }
}

const route = getRouteApi('/identities')

export function IdentitiesPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const names = useQuery(usedNamesQuery(toQuery(search)))
  const unmapped = names.data?.unmapped_count
  // another filter begins at its first page
  const change = (filters: { q?: string; unmapped?: boolean }): void =>
    void navigate({
      search: readIdentitySearch({ ...search, page: undefined, ...filters }),
      replace: true,
    })
  return (
    <>
      <PageHead
        title="Upstream"
        description="What packages are called where advisories are written. A name that nobody has linked matches none."
      />
      <Group align="end" gap="sm">
        <SearchBox label="Search names" value={search.q ?? ''} onSearch={(q) => change({ q })} />
        <NativeSelect
          aria-label="Which names"
          data={[
            { value: '', label: 'Every name' },
            {
              value: 'unmapped',
              label: unmapped === undefined ? 'Not linked' : `Not linked (${formatCount(unmapped)})`,
            },
          ]}
          value={search.unmapped ? 'unmapped' : ''}
          onChange={(event) => change({ unmapped: event.currentTarget.value === 'unmapped' })}
        />
      </Group>
      <QueryView query={names}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={search.unmapped ? 'Every name is linked' : 'No such name'} />
          ) : (
            <>
              <DataTable caption="Names" columns={columns} rows={page.items} rowKey={({ name }) => name} />
              <Pager page={page} search={search} limit={LIMIT} noun="name" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

const columns: readonly Column<UsedName>[] = [
  {
    label: 'Name',
    isRowHeader: true,
    render: ({ name }) => <Link {...paths.identity(name)}>{name}</Link>,
  },
  { label: 'State', render: ({ state }) => <IdentityState state={state} /> },
  { label: 'Downloads', isNumber: true, render: ({ downloads }) => formatCount(downloads) },
  { label: 'Files', isNumber: true, render: ({ files_count: files }) => formatCount(files) },
  { label: 'Upstream', isWide: true, render: ({ identities }) => identities.join(', ') || '–' },
]

export function IdentityState({ state }: { readonly state: UsedName['state'] }): ReactNode {
  if (state === 'linked') return <Tag tone="good">linked</Tag>
  if (state === 'none') return <Tag tone="muted">no project</Tag>
  return (
    <Tag tone="notice" icon="alert">
      not linked
    </Tag>
  )
}
