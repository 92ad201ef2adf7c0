/** Roles: levels on kinds of things, given to people and groups. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { levelsQuery, rolesQuery } from '../api/access-queries.ts'
import type { Role } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Tag } from '../ui/Tag.tsx'

export function crumb(): string {
  return 'Roles'
}

export function load(queryClient: QueryClient): void {
  startReading(queryClient, rolesQuery())
}

export function RolesPage(): ReactNode {
  const roles = useQuery(rolesQuery())
  const mayMake = useQuery(levelsQuery()).data?.get('role') === 'manage'
  return (
    <>
      <PageHead
        title="Roles"
        actions={
          mayMake && (
            <ButtonLink {...paths.newRole()} leftSection={<Icon name="plus" />}>
              New role
            </ButtonLink>
          )
        }
      />
      <AccessTabs>
        <QueryView query={roles}>
          {({ items }) => (
            <DataTable caption="Roles" columns={columns} rows={items} rowKey={({ id }) => id} />
          )}
        </QueryView>
      </AccessTabs>
    </>
  )
}

const holders = { everyone: 'everybody, also nobody', accounts: 'every account', granted: 'whom you give it' }

const columns: readonly Column<Role>[] = [
  {
    label: 'Role',
    isRowHeader: true,
    render: ({ id, name, persistent }) => (
      <>
        <Link {...paths.role(id)}>{name}</Link> {persistent && <Tag tone="muted">built in</Tag>}
      </>
    ),
  },
  { label: 'Description', isWide: true, render: ({ description }) => description || '–' },
  { label: 'Given to', render: (role) => holders[role.given_to] },
  {
    label: 'Reaches',
    render: ({ reach }) => (reach === 'all' ? 'every channel' : 'channels one has access to'),
  },
]
