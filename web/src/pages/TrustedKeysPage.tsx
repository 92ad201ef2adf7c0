/** The keys whose signatures make a package "signed" or "attested" for policies. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { startReading } from '../api/start-reading.ts'
import { dropKey, trustedKeysKey, trustedKeysQuery, type TrustedKey } from '../api/trusted-keys.ts'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { useCall } from '../components/use-call.ts'
import { TrustKeyForm } from '../forms/trust-key.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Trusted keys'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, trustedKeysQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/trusted-keys')

export function TrustedKeysPage(): ReactNode {
  const search = route.useSearch()
  const keys = useQuery(trustedKeysQuery(toPaging(search, LIMIT)))
  return (
    <>
      <PageHead
        title="Trusted keys"
        description="Whose signatures make a package “signed” or “attested” for policies."
      />
      <RequireSignIn>
        <QueryView query={keys}>
          {(page) => (
            <>
              {page.items.length === 0 ? (
                <Empty title="No key is trusted">
                  Until one is, no package counts as signed or attested, whatever its upstream says.
                </Empty>
              ) : (
                <>
                  <Keys keys={page.items} />
                  <Pager page={page} search={search} limit={LIMIT} noun="key" plural="keys" />
                </>
              )}
              <Section title="Trust a key">
                <Card>
                  <TrustKeyForm />
                </Card>
              </Section>
            </>
          )}
        </QueryView>
      </RequireSignIn>
    </>
  )
}

function Keys({ keys }: { readonly keys: readonly TrustedKey[] }): ReactNode {
  const drop = useCall((key: TrustedKey) => dropKey(key.id), trustedKeysKey)
  return (
    <>
      <FormProblem error={drop.error} />
      <DataTable<TrustedKey>
        caption="Trusted keys"
        rows={keys}
        rowKey={({ id }) => id}
        columns={[
          { label: 'Label', isRowHeader: true, render: ({ label }) => label },
          {
            label: 'Counts in',
            render: ({ channel }) =>
              channel === null ? 'all channels' : <Link {...paths.channel(channel)}>{channel}</Link>,
          },
          { label: 'Kind', render: ({ kind }) => kind },
          { label: 'Id', isWide: true, render: (key) => <code>{key.key_id}</code> },
          { label: 'Since', render: (key) => <Time iso={key.created_at} /> },
          {
            label: 'Change',
            render: (key) => (
              <ConfirmButton
                label="Drop"
                description={`Drop the key ${key.label}: what it signed counts as unsigned at once`}
                confirmLabel="Drop it"
                isBusy={drop.isPending && drop.variables === key}
                onConfirm={() => drop.mutate(key)}
              />
            ),
          },
        ]}
      />
    </>
  )
}
