/** Everybody with an account. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { levelsQuery, peopleQuery } from '../api/access-queries.ts'
import type { Person } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { Pager } from '../components/Pager.tsx'
import { PersonTags } from '../components/PersonTags.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'People'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, peopleQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/access/people')

export function PeoplePage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const people = useQuery(peopleQuery(toPaging(search, LIMIT)))
  const mayInvite = useQuery(levelsQuery()).data?.get('user') === 'manage'
  return (
    <>
      <PageHead
        title="People"
        actions={
          mayInvite && (
            <ButtonLink {...paths.invitations()} leftSection={<Icon name="plus" />}>
              Invite somebody
            </ButtonLink>
          )
        }
      />
      <AccessTabs>
        <SearchBox
          label="Search people"
          value={search.q ?? ''}
          onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
        />
        <QueryView query={people}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty
                title={
                  search.q === undefined
                    ? 'This page of the list is empty'
                    : `Nobody with “${search.q}” in the name`
                }
              />
            ) : (
              <>
                <DataTable caption="People" columns={columns} rows={page.items} rowKey={({ id }) => id} />
                <Pager page={page} search={search} limit={LIMIT} noun="person" plural="people" />
              </>
            )
          }
        </QueryView>
      </AccessTabs>
    </>
  )
}

const columns: readonly Column<Person>[] = [
  {
    label: 'User name',
    isRowHeader: true,
    render: ({ id, username }) => <Link {...paths.person(id)}>{username}</Link>,
  },
  { label: 'Name', isWide: true, render: (person) => person.display_name || '–' },
  { label: 'State', render: (person) => <PersonTags person={person} /> },
  {
    label: 'Last signed in',
    render: ({ last_login_at: at }) => {
      if (at === undefined) return '–'
      return at === null ? 'never' : <Time iso={at} />
    },
  },
]
