/** Groups: named sets of people that roles and channels are given to. */
import { TextInput } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { createGroup } from '../api/access-actions.ts'
import { groupsQuery, levelsQuery } from '../api/access-queries.ts'
import type { Group } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { CallForm } from '../components/CallForm.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import classes from '../forms/fields.module.css'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Groups'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, groupsQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/access/groups')

export function GroupsPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const groups = useQuery(groupsQuery(toPaging(search, LIMIT)))
  const mayMake = useQuery(levelsQuery()).data?.get('group') === 'manage'
  return (
    <>
      <PageHead title="Groups" />
      <AccessTabs>
        <SearchBox
          label="Search groups"
          value={search.q ?? ''}
          onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
        />
        <QueryView query={groups}>
          {(page) =>
            page.items.length === 0 ? (
              <NoGroups search={search} mayMake={mayMake} />
            ) : (
              <>
                <DataTable caption="Groups" columns={columns} rows={page.items} rowKey={({ id }) => id} />
                <Pager page={page} search={search} limit={LIMIT} noun="group" />
              </>
            )
          }
        </QueryView>
        {mayMake && (
          <Section title="New group">
            <Card>
              <NewGroup />
            </Card>
          </Section>
        )}
      </AccessTabs>
    </>
  )
}

function NoGroups({ search, mayMake }: { search: ListSearch; mayMake: boolean }): ReactNode {
  if (search.q !== undefined) return <Empty title={`No group with “${search.q}” in its name`} />
  if (search.page !== undefined) return <Empty title="This page of the list is empty" />
  return <Empty title="No groups yet">{mayMake && 'Make the first below.'}</Empty>
}

const columns: readonly Column<Group>[] = [
  {
    label: 'Group',
    isRowHeader: true,
    render: ({ id, name, remote }) => (
      <>
        <Link {...paths.group(id)}>{name}</Link> {remote && <Tag tone="muted">from a directory</Tag>}
      </>
    ),
  },
  { label: 'Description', isWide: true, render: ({ description }) => description || '–' },
  {
    label: 'Members',
    isNumber: true,
    render: ({ members_count: count }) => (count === undefined ? '–' : formatCount(count)),
  },
]

function NewGroup(): ReactNode {
  const [form, setForm] = useState({ name: '', description: '' })
  const navigate = route.useNavigate()
  return (
    <CallForm
      label="Make the group"
      call={() => createGroup({ name: form.name.trim(), description: form.description.trim() })}
      refreshes={['groups']}
      onDone={({ id }) => void navigate(paths.group(id))}
    >
      <div className={classes.row}>
        <TextInput
          label="Name"
          required
          maxLength={300}
          autoCapitalize="none"
          autoComplete="off"
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <TextInput
          label="Description (optional)"
          maxLength={2000}
          autoComplete="off"
          value={form.description}
          onChange={(event) => setForm({ ...form, description: event.currentTarget.value })}
        />
      </div>
    </CallForm>
  )
}
