/** Who the person is to the server, and the tokens that speak for them. */
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { deleteToken } from '../api/actions.ts'
import { accountQuery, tokensQuery } from '../api/queries.ts'
import { endSession, useIsSignedIn } from '../api/session.ts'
import type { TokenInfo } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { CreateTokenForm } from '../forms/create-token.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Facts } from '../ui/Facts.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Account and tokens'
}

export function AccountPage(): ReactNode {
  const isSignedIn = useIsSignedIn()
  return (
    <>
      <PageHead
        title="Account and tokens"
        actions={
          isSignedIn && (
            <Button variant="default" onClick={() => endSession()}>
              Sign out
            </Button>
          )
        }
      />
      <WhoAmI />
      {isSignedIn && (
        <>
          <Section title="New token">
            <Card>
              <p>
                A token lets a client or a script act as you. Make one for each place, so that one can be
                dropped.
              </p>
              <CreateTokenForm />
            </Card>
          </Section>
          <Section title="Tokens">
            <Tokens />
          </Section>
        </>
      )}
    </>
  )
}

function WhoAmI(): ReactNode {
  const account = useQuery(accountQuery())
  return (
    <QueryView query={account} skeletonRows={1}>
      {({ username, roles, default_channel_name: defaultChannel }) => (
        <Card>
          <Facts
            items={[
              ['Signed in as', username],
              [roles.length === 1 ? 'Role' : 'Roles', roles.join(', ')],
              ['Default channel', defaultChannel],
            ]}
          />
        </Card>
      )}
    </QueryView>
  )
}

function Tokens(): ReactNode {
  const tokens = useQuery(tokensQuery())
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: deleteToken,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['account', 'tokens'] }),
  })
  return (
    <QueryView query={tokens}>
      {({ items }) => (
        <>
          <FormProblem error={remove.error} />
          {items.length === 0 ? (
            <Empty title="No tokens" />
          ) : (
            <DataTable<TokenInfo>
              caption="Tokens"
              rows={items}
              rowKey={({ id }) => id}
              columns={[
                {
                  label: 'Name',
                  isRowHeader: true,
                  isWide: true,
                  render: ({ name }) => (name === 'session' ? 'session (a sign-in like this one)' : name),
                },
                { label: 'Created', render: (token) => <Time iso={token.created_at} /> },
                { label: 'Ends', render: (token) => <Time iso={token.expires_at} /> },
                {
                  label: 'Delete',
                  render: ({ id, name }) => (
                    <ConfirmButton
                      label="Delete"
                      description={`Delete the token ${name}`}
                      confirmLabel="Delete it"
                      isBusy={remove.isPending && remove.variables === id}
                      onConfirm={() => remove.mutate(id)}
                    />
                  ),
                },
              ]}
            />
          )}
        </>
      )}
    </QueryView>
  )
}
