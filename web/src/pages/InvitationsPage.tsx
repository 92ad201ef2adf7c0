/** Invitations that wait, and a form for another one. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { withdrawInvitation } from '../api/access-actions.ts'
import { invitationsQuery } from '../api/access-queries.ts'
import type { Invitation } from '../api/access-types.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useCall } from '../components/use-call.ts'
import { InviteForm } from '../forms/invite.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Invitations'
}

export function InvitationsPage(): ReactNode {
  return (
    <>
      <PageHead title="Invitations" />
      <AccessTabs>
        <Card>
          <InviteForm />
        </Card>
        <Section title="Not accepted yet">
          <Waiting />
        </Section>
      </AccessTabs>
    </>
  )
}

function Waiting(): ReactNode {
  const invitations = useQuery(invitationsQuery())
  const withdraw = useCall(withdrawInvitation, ['invitations'])
  return (
    <QueryView query={invitations}>
      {({ items }) => (
        <>
          <FormProblem error={withdraw.error} />
          {items.length === 0 ? (
            <Empty title="No invitation waits" />
          ) : (
            <DataTable<Invitation>
              caption="Invitations"
              rows={items}
              rowKey={({ id }) => id}
              columns={[
                { label: 'User name', isRowHeader: true, render: ({ username }) => username },
                {
                  label: 'Gets',
                  isWide: true,
                  render: ({ roles, groups }) =>
                    [...roles, ...groups].join(', ') || 'nothing beyond an account',
                },
                { label: 'Made', render: (one) => <Time iso={one.created_at} /> },
                { label: 'Good until', render: (one) => <Time iso={one.expires_at} /> },
                {
                  label: 'Withdraw',
                  render: ({ id, username }) => (
                    <ConfirmButton
                      label="Withdraw"
                      description={`Withdraw the invitation of ${username}`}
                      confirmLabel="Withdraw it"
                      isBusy={withdraw.isPending && withdraw.variables === id}
                      onConfirm={() => withdraw.mutate(id)}
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
