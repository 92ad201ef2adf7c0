/** Accounts of programs, of the organisation and of channels. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { levelsQuery } from '../api/access-queries.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { ServiceAccounts } from '../components/ServiceAccounts.tsx'
import { CreateServiceAccountForm } from '../forms/create-service-account.tsx'
import { paths, toPaging } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Card, Section } from '../ui/Section.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Service accounts'
}

const route = getRouteApi('/access/service-accounts')

export function ServiceAccountsPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const mayMake = useQuery(levelsQuery()).data?.get('service-account') === 'manage'
  return (
    <>
      <PageHead title="Service accounts" />
      <AccessTabs>
        <SearchBox
          label="Search service accounts"
          value={search.q ?? ''}
          onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
        />
        <ServiceAccounts paging={toPaging(search, LIMIT)} search={search} />
        {mayMake && (
          <Section title="New service account of the organisation">
            <Card>
              <CreateServiceAccountForm onDone={({ id }) => void navigate(paths.serviceAccount(id))} />
            </Card>
          </Section>
        )}
      </AccessTabs>
    </>
  )
}
