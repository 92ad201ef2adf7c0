/** What keeps others out of one's account: password, second factor, identity providers, and where one is signed in. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { endOneSession, endOtherSessions } from '../api/access-actions.ts'
import { identitiesQuery, sessionsQuery } from '../api/access-queries.ts'
import { identityProvidersQuery } from '../api/queries.ts'
import { AccountTabs } from '../components/AccountTabs.tsx'
import { Identities } from '../components/Identities.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { providerErrorText } from '../components/provider-errors.ts'
import { QueryView } from '../components/QueryView.tsx'
import { Sessions } from '../components/Sessions.tsx'
import { useCall } from '../components/use-call.ts'
import { ChangePasswordForm } from '../forms/change-password.tsx'
import { LinkIdentity } from '../forms/link-identity.tsx'
import { SecondFactor } from '../forms/second-factor.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { Notice } from '../ui/Notice.tsx'
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
      <MyIdentities />
      <MySessions />
      <Section title="Password">
        <Card>
          <ChangePasswordForm />
        </Card>
      </Section>
    </AccountTabs>
  )
}

const route = getRouteApi('/account/security')

/** Nothing where people sign in with a password alone. */
function MyIdentities(): ReactNode {
  const { linked, error } = route.useSearch()
  const providers = useQuery(identityProvidersQuery()).data ?? []
  const identities = useQuery(identitiesQuery()).data?.items ?? []
  if (providers.length === 0 && identities.length === 0) return null
  const title = providers.find(({ name }) => name === linked)?.title
  return (
    <Section title="Identity providers">
      {title !== undefined && (
        <Notice tone="good" role="status">
          <p>From now on you can sign in here with {title}. Groups and roles from there come when you do.</p>
        </Notice>
      )}
      {error !== undefined && (
        <Notice tone="bad" role="alert" title="Your account is not linked">
          <p>{providerErrorText(error)}</p>
        </Notice>
      )}
      <Identities />
      <LinkIdentity />
    </Section>
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
