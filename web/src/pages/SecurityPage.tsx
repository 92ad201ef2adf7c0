/** What keeps others out of one's account: password, second factor, and where one is signed in. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { endOneSession, endOtherSessions } from '../api/access-actions.ts'
import { sessionsQuery } from '../api/access-queries.ts'
import { AccountTabs } from '../components/AccountTabs.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { Sessions } from '../components/Sessions.tsx'
import { useCall } from '../components/use-call.ts'
import { ChangePasswordForm } from '../forms/change-password.tsx'
import { SecondFactor } from '../forms/second-factor.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { Card, Section } from '../ui/Section.tsx'

export function crumb(): string {
  return 'Password and sessions'
}

export function SecurityPage(): ReactNode {
  return (
    <AccountTabs>
      <Section title="Second factor">
        <Card>
          <SecondFactor />
        </Card>
      </Section>
      <MySessions />
      <Section title="Password">
        <Card>
          <ChangePasswordForm />
        </Card>
      </Section>
    </AccountTabs>
  )
}

function MySessions(): ReactNode {
  const sessions = useQuery(sessionsQuery())
  const { queryKey } = sessionsQuery()
  const end = useCall(endOneSession, queryKey)
  const endOthers = useCall(endOtherSessions, queryKey)
  const others = sessions.data?.items.filter(({ current }) => !current).length ?? 0
  return (
    <Section
      title="Where you are signed in"
      actions={
        others > 0 && (
          <ConfirmButton
            label="End all others"
            description="End all your other sessions"
            confirmLabel="End them"
            isBusy={endOthers.isPending}
            onConfirm={() => endOthers.mutate(undefined)}
          />
        )
      }
    >
      <FormProblem error={end.error ?? endOthers.error} />
      <QueryView query={sessions}>
        {({ items }) => (
          <Sessions
            items={items}
            onEnd={(id) => end.mutate(id)}
            isBusy={(id) => end.isPending && end.variables === id}
          />
        )}
      </QueryView>
    </Section>
  )
}
