/** An account of a program, with its tokens. */
import { Button, Group } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { changeServiceAccount, deleteServiceAccount } from '../api/access-actions.ts'
import { serviceAccountQuery } from '../api/access-queries.ts'
import type { ServiceAccount } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { Tokens } from '../components/Tokens.tsx'
import { useCall } from '../components/use-call.ts'
import { CreateTokenForm } from '../forms/create-token.tsx'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Service account'
}

export function load(queryClient: QueryClient, id: string): void {
  startReading(queryClient, serviceAccountQuery(id))
}

const route = getRouteApi('/access/service-accounts/$account')

export function ServiceAccountPage(): ReactNode {
  const { account: id } = route.useParams()
  const account = useQuery(serviceAccountQuery(id))
  return (
    <RequireSignIn>
      <QueryView query={account}>
        {(data) => (
          <>
            <PageHead
              title={data.name}
              description={data.description}
              tags={data.is_disabled && <Tag tone="bad">disabled</Tag>}
            />
            <Card>
              <Facts
                items={[
                  [
                    'Belongs to',
                    data.channel === null ? (
                      'the organisation'
                    ) : (
                      <Link key="channel" {...paths.sharing(data.channel)}>
                        {data.channel}
                      </Link>
                    ),
                  ],
                  ['Since', <Time key="since" iso={data.created_at} />],
                ]}
              />
              <KeepOut account={data} />
            </Card>
            <Section title="New token">
              <Card>
                <CreateTokenForm owner={data.id} />
              </Card>
            </Section>
            <Section title="Tokens">
              <Tokens owner={data.id} />
            </Section>
          </>
        )}
      </QueryView>
    </RequireSignIn>
  )
}

function KeepOut({ account }: { readonly account: ServiceAccount }): ReactNode {
  const router = useRouter()
  const disable = useCall(
    (is_disabled: boolean) => changeServiceAccount(account.id, { is_disabled }),
    ['service-account', account.id],
  )
  const remove = useCall(async () => {
    await deleteServiceAccount(account.id)
    const list = account.channel === null ? paths.serviceAccounts() : paths.sharing(account.channel)
    await router.navigate({ ...list, replace: true })
  }, ['service-accounts'])
  return (
    <>
      <FormProblem error={disable.error ?? remove.error} />
      <Group>
        {account.is_disabled ? (
          <Button size="compact-sm" variant="default" onClick={() => disable.mutate(false)}>
            Enable
          </Button>
        ) : (
          <ConfirmButton
            label="Disable"
            description={`Disable ${account.name}: its tokens stop at once`}
            confirmLabel="Disable it"
            isBusy={disable.isPending}
            onConfirm={() => disable.mutate(true)}
          />
        )}
        <ConfirmButton
          label="Delete"
          description={`Delete ${account.name} with its tokens`}
          confirmLabel="Delete it"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(undefined)}
        />
      </Group>
    </>
  )
}
