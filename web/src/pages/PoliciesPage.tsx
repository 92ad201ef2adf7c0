import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { policiesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Policy } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Policies'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, policiesQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/policies')

export function PoliciesPage(): ReactNode {
  const search = route.useSearch()
  const policies = useQuery(policiesQuery(toPaging(search, LIMIT)))
  return (
    <>
      <PageHead
        title="Policies"
        description="What clients may get, written down once and assigned to channels."
        actions={
          policies.data && (
            <>
              <ButtonLink {...paths.trustedKeys()} variant="default">
                Trusted keys
              </ButtonLink>
              <ButtonLink {...paths.newPolicy()} leftSection={<Icon name="plus" />}>
                New policy
              </ButtonLink>
            </>
          )
        }
      />
      <QueryView query={policies}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No policies yet">
              Without one, clients get everything. <Link {...paths.newPolicy()}>Write the first one</Link>.
            </Empty>
          ) : (
            <>
              <DataTable caption="Policies" columns={columns} rows={page.items} rowKey={({ id }) => id} />
              <Pager page={page} search={search} limit={LIMIT} noun="policy" plural="policies" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

const columns: readonly Column<Policy>[] = [
  { label: 'Name', isRowHeader: true, render: ({ name }) => <Link {...paths.policy(name)}>{name}</Link> },
  { label: 'Version', isNumber: true, render: ({ version }) => formatCount(version) },
  { label: 'Changed', render: (policy) => <Time iso={policy.updated_at} /> },
  { label: 'Created', render: (policy) => <Time iso={policy.created_at} /> },
]
