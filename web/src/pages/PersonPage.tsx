/** One account, for whoever looks after it: who it is, what it may do, where it is signed in, and the ways out. */
import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import * as actions from '../api/access-actions.ts'
import { levelsQuery, personQuery, sessionsOfQuery, tokensKey, tokensQuery } from '../api/access-queries.ts'
import type { Person } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { useSession } from '../api/session.ts'
import { reaches } from '../components/access-tabs.ts'
import { CallForm } from '../components/CallForm.tsx'
import { Holdings } from '../components/Holdings.tsx'
import { Identities } from '../components/Identities.tsx'
import { PersonTags, isLocked } from '../components/PersonTags.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { SecretOnce } from '../components/SecretOnce.tsx'
import { Sessions } from '../components/Sessions.tsx'
import { SignIns } from '../components/SignIns.tsx'
import { Tokens } from '../components/Tokens.tsx'
import { useCall } from '../components/use-call.ts'
import classes from '../forms/fields.module.css'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Person'
}

export function load(queryClient: QueryClient, id: string): void {
  startReading(queryClient, personQuery(id))
}

const route = getRouteApi('/access/people/$person')

export function PersonPage(): ReactNode {
  const { person: id } = route.useParams()
  const person = useQuery(personQuery(id))
  const levels = useQuery(levelsQuery()).data
  const mayManage = levels?.get('user') === 'manage'
  const maySeeRoles = reaches(levels?.get('role') ?? 'none', 'read')
  const maySeeLog = reaches(levels?.get('audit-logs') ?? 'none', 'read')
  const isMe = useSession()?.user_id === id
  return (
    <RequireSignIn>
      <QueryView query={person}>
        {(data) => (
          <>
            <PageHead title={data.username} tags={<PersonTags person={data} />} />
            <About person={data} />
            {mayManage && <Care key={data.id} person={data} />}
            {(isMe || maySeeRoles) && <Holdings person={id} />}
            {maySeeLog && (
              <Section title="Last sign-ins">
                <SignIns username={data.username} />
              </Section>
            )}
          </>
        )}
      </QueryView>
    </RequireSignIn>
  )
}

function About({ person }: { readonly person: Person }): ReactNode {
  return (
    <Card>
      <Facts
        items={[
          ['Name', person.display_name || '–'],
          ...(person.email !== undefined ? ([['Email', person.email ?? '–']] as const) : []),
          ...(person.created_at !== undefined
            ? ([['Since', <Time key="since" iso={person.created_at} />]] as const)
            : []),
          ...(person.last_login_at != null
            ? ([['Last signed in', <Time key="login" iso={person.last_login_at} />]] as const)
            : []),
          ...(isLocked(person) && person.locked_until != null
            ? ([['Locked out until', <Time key="lock" iso={person.locked_until} />]] as const)
            : []),
          ...(person.has_second_factor !== undefined
            ? ([['Second factor', person.has_second_factor ? 'authenticator app' : 'none']] as const)
            : []),
        ]}
      />
      <p>
        <Link {...paths.audit({ actor: person.id })}>What they did</Link>, from the audit log. What they may
        do in one channel, and why, is on the channel’s page “Sharing”.
      </p>
    </Card>
  )
}

function Care({ person }: { readonly person: Person }): ReactNode {
  const isMe = useSession()?.user_id === person.id
  return (
    <>
      <Section title="Describe">
        <Card>
          <Describe person={person} />
        </Card>
      </Section>
      <Section title="Let in or keep out">
        <Card>
          {isMe ? (
            <p>
              This is you: your password and sessions are on <Link {...paths.security()}>your own page</Link>.
            </p>
          ) : (
            <KeepOut person={person} />
          )}
        </Card>
      </Section>
      <Section title="Identity providers">
        <Identities owner={person.id} />
      </Section>
      <Where id={person.id} />
      <TokensOf person={person} />
    </>
  )
}

function Describe({ person }: { readonly person: Person }): ReactNode {
  const [form, setForm] = useState({ name: person.display_name, email: person.email ?? '' })
  return (
    <CallForm
      label="Save"
      isQuiet
      call={() =>
        actions.changePerson(person.id, {
          display_name: form.name.trim(),
          email: form.email.trim() === '' ? null : form.email.trim(),
        })
      }
      refreshes={['person', person.id]}
    >
      <div className={classes.row}>
        <TextInput
          label="Name"
          maxLength={200}
          autoComplete="off"
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <TextInput
          label="Email"
          type="email"
          maxLength={300}
          autoComplete="off"
          value={form.email}
          onChange={(event) => setForm({ ...form, email: event.currentTarget.value })}
        />
      </div>
    </CallForm>
  )
}

function KeepOut({ person }: { readonly person: Person }): ReactNode {
  const router = useRouter()
  const refreshes = ['person', person.id]
  const disable = useCall(
    (is_disabled: boolean) => actions.changePerson(person.id, { is_disabled }),
    refreshes,
  )
  const unlock = useCall(() => actions.unlockPerson(person.id), refreshes)
  const resetFactor = useCall(() => actions.resetSecondFactor(person.id), refreshes)
  const remove = useCall(async () => {
    await actions.deletePerson(person.id)
    await router.navigate({ ...paths.people(), replace: true })
  }, ['people'])
  return (
    <Stack>
      <FormProblem error={disable.error ?? unlock.error ?? resetFactor.error ?? remove.error} />
      <Group>
        {person.is_disabled ? (
          <Button variant="default" loading={disable.isPending} onClick={() => disable.mutate(false)}>
            Enable the account
          </Button>
        ) : (
          <ConfirmButton
            label="Disable the account"
            description={`Disable ${person.username}: sessions end and tokens stop at once`}
            confirmLabel="Disable it"
            isBusy={disable.isPending}
            onConfirm={() => disable.mutate(true)}
          />
        )}
        {isLocked(person) && (
          <Button variant="default" loading={unlock.isPending} onClick={() => unlock.mutate(undefined)}>
            Unlock
          </Button>
        )}
        {person.has_second_factor && (
          <ConfirmButton
            label="Take off the second factor"
            description={`Take off the second factor of ${person.username}: the password alone is enough then`}
            confirmLabel="Take it off"
            isBusy={resetFactor.isPending}
            onConfirm={() => resetFactor.mutate(undefined)}
          />
        )}
        <ConfirmButton
          label="Delete the account"
          description={`Delete ${person.username} with all tokens`}
          confirmLabel="Delete it"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(undefined)}
        />
      </Group>
      <ResetPassword person={person} />
    </Stack>
  )
}

function ResetPassword({ person }: { readonly person: Person }): ReactNode {
  const [drop, setDrop] = useState({ drop_tokens: false, drop_second_factor: false })
  const [password, setPassword] = useState<string>()
  return (
    <>
      <CallForm
        label="Make a new password"
        isQuiet
        call={() => actions.resetPassword(person.id, drop)}
        refreshes={['person', person.id]}
        onDone={(made) => setPassword(made.password)}
      >
        <Checkbox
          label="and drop all tokens"
          checked={drop.drop_tokens}
          onChange={(event) => setDrop({ ...drop, drop_tokens: event.currentTarget.checked })}
        />
        <Checkbox
          label="and take off the second factor"
          disabled={!person.has_second_factor}
          checked={drop.drop_second_factor}
          onChange={(event) => setDrop({ ...drop, drop_second_factor: event.currentTarget.checked })}
        />
      </CallForm>
      {password !== undefined && (
        <SecretOnce text={password} label="the new password">
          <p>All sessions of {person.username} have ended.</p>
        </SecretOnce>
      )}
    </>
  )
}

function Where({ id }: { readonly id: string }): ReactNode {
  const sessions = useQuery(sessionsOfQuery(id))
  const end = useCall(() => actions.endSessionsOf(id), ['person', id, 'sessions'])
  const endOne = useCall((session: string) => actions.endSessionOf(id, session), ['person', id, 'sessions'])
  return (
    <Section
      title="Signed in"
      actions={
        (sessions.data?.items.length ?? 0) > 0 && (
          <ConfirmButton
            label="End all"
            description="End all sessions of this account"
            confirmLabel="End them"
            isBusy={end.isPending}
            onConfirm={() => end.mutate(undefined)}
          />
        )
      }
    >
      <FormProblem error={end.error ?? endOne.error} />
      <QueryView query={sessions}>
        {({ items }) => (
          <Sessions
            items={items}
            onEnd={(session) => endOne.mutate(session)}
            isBusy={(session) => endOne.isPending && endOne.variables === session}
          />
        )}
      </QueryView>
    </Section>
  )
}

function TokensOf({ person }: { readonly person: Person }): ReactNode {
  const tokens = useQuery(tokensQuery(person.id))
  const drop = useCall(() => actions.deleteTokensOf(person.id), tokensKey(person.id))
  return (
    <Section
      title="Tokens"
      actions={
        (tokens.data?.items.length ?? 0) > 1 && (
          <ConfirmButton
            label="Revoke all"
            description={`Revoke all tokens of ${person.username}`}
            confirmLabel="Revoke them"
            isBusy={drop.isPending}
            onConfirm={() => drop.mutate(undefined)}
          />
        )
      }
    >
      <FormProblem error={drop.error} />
      <Tokens owner={person.id} />
    </Section>
  )
}
