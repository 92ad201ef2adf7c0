/** A role: its matrix, and who holds it. */
import { NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { changeRole, deleteRole, findPerson, grantRole, revokeRole } from '../api/access-actions.ts'
import { allGroupsQuery, grantsQuery, levelsQuery, rolesQuery } from '../api/access-queries.ts'
import type { Grant, Role } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { CallForm } from '../components/CallForm.tsx'
import { NoSuchPage } from '../components/NoSuchPage.tsx'
import { PersonField } from '../components/PersonField.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { useCall } from '../components/use-call.ts'
import { RoleForm } from '../forms/role.tsx'
import classes from '../forms/fields.module.css'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'

export function crumb(): string {
  return 'Role'
}

export function load(queryClient: QueryClient, id: string): void {
  startReading(queryClient, rolesQuery())
  startReading(queryClient, grantsQuery(id))
}

const route = getRouteApi('/access/roles/$role')

export function RolePage(): ReactNode {
  const { role: id } = route.useParams()
  const roles = useQuery(rolesQuery())
  const mayChange = useQuery(levelsQuery()).data?.get('role') === 'manage'
  return (
    <RequireSignIn>
      <QueryView query={roles}>
        {({ items }) => {
          const role = items.find((one) => one.id === id)
          if (!role) return <NoSuchPage />
          return <OneRole key={role.id} role={role} mayChange={mayChange} />
        }}
      </QueryView>
    </RequireSignIn>
  )
}

function OneRole({ role, mayChange }: { readonly role: Role; readonly mayChange: boolean }): ReactNode {
  return (
    <>
      <PageHead
        title={role.name}
        description={role.description}
        tags={role.persistent && <Tag tone="muted">built in</Tag>}
        actions={mayChange && !role.persistent && <DeleteRole role={role} />}
      />
      {role.given_to === 'granted' && (
        <Section title="Who holds it">
          <Holders role={role} mayChange={mayChange} />
        </Section>
      )}
      <Section title="What it gives">
        <RoleForm
          role={role}
          // the server refuses a change of this one, so that nobody locks everybody out
          isReadOnly={!mayChange || role.name === 'admin'}
          label="Save the role"
          call={(request) => changeRole(role.id, request)}
        />
      </Section>
    </>
  )
}

function DeleteRole({ role }: { readonly role: Role }): ReactNode {
  const router = useRouter()
  const remove = useCall(async () => {
    await deleteRole(role.id)
    await router.navigate({ ...paths.roles(), replace: true })
  }, ['roles'])
  return (
    <>
      <FormProblem error={remove.error} />
      <ConfirmButton
        label="Delete the role"
        description={`Delete the role ${role.name}`}
        confirmLabel="Delete it"
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate(undefined)}
      />
    </>
  )
}

function Holders({ role, mayChange }: { readonly role: Role; readonly mayChange: boolean }): ReactNode {
  const grants = useQuery(grantsQuery(role.id))
  const revoke = useCall(
    (grant: Grant) => revokeRole(role.id, grant.subject_kind, grant.subject_id),
    ['roles', role.id, 'grants'],
  )
  const takeBack: Column<Grant> = {
    label: 'Take back',
    render: (grant) =>
      grant.source === 'local' ? (
        <ConfirmButton
          label="Take back"
          description={`Take the role ${role.name} from ${grant.name}`}
          confirmLabel="Take it back"
          isBusy={revoke.isPending && revoke.variables === grant}
          onConfirm={() => revoke.mutate(grant)}
        />
      ) : (
        'in the directory'
      ),
  }
  return (
    <>
      <FormProblem error={revoke.error} />
      <QueryView query={grants} skeletonRows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody holds this role" />
          ) : (
            <DataTable<Grant>
              caption="Holders"
              rows={items}
              rowKey={(grant) => `${grant.subject_kind} ${grant.subject_id} ${grant.source}`}
              columns={[
                {
                  label: 'Holder',
                  isRowHeader: true,
                  isWide: true,
                  render: ({ subject_kind: kind, subject_id: id, name }) => (
                    <Link {...(kind === 'group' ? paths.group(id) : paths.person(id))}>{name}</Link>
                  ),
                },
                {
                  label: 'Kind',
                  render: ({ subject_kind: kind }) => (kind === 'group' ? 'group' : 'person'),
                },
                { label: 'Says', render: ({ source }) => (source === 'local' ? 'an administrator' : source) },
                ...(mayChange ? [takeBack] : []),
              ]}
            />
          )
        }
      </QueryView>
      {mayChange && (
        <Card>
          <GiveRole role={role} />
        </Card>
      )}
    </>
  )
}

function GiveRole({ role }: { readonly role: Role }): ReactNode {
  const [kind, setKind] = useState<'user' | 'group'>('group')
  const [chosen, setChosen] = useState('')
  const groups = useQuery(allGroupsQuery())
  return (
    <CallForm
      label="Give the role"
      isQuiet
      call={async () => grantRole(role.id, kind, kind === 'group' ? chosen : (await findPerson(chosen)).id)}
      refreshes={['roles', role.id, 'grants']}
      missing={kind === 'group' && groups.data?.items.length === 0 ? 'There are no groups yet' : undefined}
      onDone={() => setChosen('')}
    >
      <div className={classes.row}>
        <NativeSelect
          label="To a"
          data={[
            { value: 'group', label: 'group' },
            { value: 'user', label: 'person' },
          ]}
          value={kind}
          onChange={(event) => {
            // the options are exactly these two
            setKind(event.currentTarget.value as 'user' | 'group')
            setChosen('')
          }}
        />
        {kind === 'user' ? (
          <PersonField value={chosen} onChange={setChosen} />
        ) : (
          <NativeSelect
            label="Group"
            required
            data={[
              { value: '', label: 'Choose one' },
              ...(groups.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
            ]}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
      </div>
    </CallForm>
  )
}
