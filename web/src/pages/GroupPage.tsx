/** A group: who is in it, which channels are shared with it. */
import { NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { addMember, deleteGroup, findPerson, removeMember } from '../api/access-actions.ts'
import { channelsOfGroupQuery, groupQuery, membersQuery } from '../api/access-queries.ts'
import type { Group, Member } from '../api/access-types.ts'
import { startReading } from '../api/start-reading.ts'
import { CallForm } from '../components/CallForm.tsx'
import { PersonField } from '../components/PersonField.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { useCall } from '../components/use-call.ts'
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
  return 'Group'
}

export function load(queryClient: QueryClient, id: string): void {
  startReading(queryClient, groupQuery(id))
  startReading(queryClient, membersQuery(id))
}

const route = getRouteApi('/access/groups/$group')

export function GroupPage(): ReactNode {
  const { group: id } = route.useParams()
  const group = useQuery(groupQuery(id))
  return (
    <RequireSignIn>
      <QueryView query={group}>
        {(data) => (
          <>
            <PageHead
              title={data.name}
              description={data.description}
              tags={data.remote && <Tag tone="muted">from a directory</Tag>}
              actions={data.user_permission === 'manage' && <DeleteGroup group={data} />}
            />
            <Section title="Members">
              <Members group={data} />
            </Section>
            <Section title="Channels shared with it">
              <Channels id={data.id} />
            </Section>
          </>
        )}
      </QueryView>
    </RequireSignIn>
  )
}

function DeleteGroup({ group }: { readonly group: Group }): ReactNode {
  const router = useRouter()
  const remove = useCall(async () => {
    await deleteGroup(group.id)
    await router.navigate({ ...paths.groups(), replace: true })
  }, ['groups'])
  return (
    <>
      <FormProblem error={remove.error} />
      <ConfirmButton
        label="Delete the group"
        description={`Delete the group ${group.name} with all it was given`}
        confirmLabel="Delete it"
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate(undefined)}
      />
    </>
  )
}

function Members({ group }: { readonly group: Group }): ReactNode {
  const members = useQuery(membersQuery(group.id))
  const remove = useCall((user: string) => removeMember(group.id, user), ['group', group.id])
  const mayChange = group.user_permission === 'manage'
  const takeOut: Column<Member> = {
    label: 'Take out',
    render: ({ id, username, source }) =>
      source === 'local' ? (
        <ConfirmButton
          label="Take out"
          description={`Take ${username} out of ${group.name}`}
          confirmLabel="Take out"
          isBusy={remove.isPending && remove.variables === id}
          onConfirm={() => remove.mutate(id)}
        />
      ) : (
        'in the directory'
      ),
  }
  return (
    <>
      <FormProblem error={remove.error} />
      <QueryView query={members}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody is in this group" />
          ) : (
            <DataTable<Member>
              caption="Members"
              rows={items}
              rowKey={({ id, source }) => `${id} ${source}`}
              columns={[
                {
                  label: 'User name',
                  isRowHeader: true,
                  isWide: true,
                  render: ({ id, username }) => <Link {...paths.person(id)}>{username}</Link>,
                },
                {
                  label: 'In the group',
                  render: ({ permission }) => (permission === 'manage' ? 'looks after members' : 'member'),
                },
                { label: 'Says', render: ({ source }) => (source === 'local' ? 'an administrator' : source) },
                ...(mayChange ? [takeOut] : []),
              ]}
            />
          )
        }
      </QueryView>
      {mayChange && (
        <Card>
          <AddMember group={group} />
        </Card>
      )}
    </>
  )
}

function AddMember({ group }: { readonly group: Group }): ReactNode {
  const [username, setUsername] = useState('')
  const [permission, setPermission] = useState<'read' | 'manage'>('read')
  return (
    <CallForm
      label="Add"
      isQuiet
      call={async () => addMember(group.id, (await findPerson(username)).id, permission)}
      refreshes={['group', group.id]}
      onDone={() => setUsername('')}
    >
      <div className={classes.row}>
        <PersonField value={username} onChange={setUsername} />
        <NativeSelect
          label="As"
          data={[
            { value: 'read', label: 'member' },
            { value: 'manage', label: 'member who adds and removes others' },
          ]}
          value={permission}
          // the options are exactly these two
          onChange={(event) => setPermission(event.currentTarget.value as 'read' | 'manage')}
        />
      </div>
    </CallForm>
  )
}

function Channels({ id }: { readonly id: string }): ReactNode {
  const channels = useQuery(channelsOfGroupQuery(id))
  return (
    <QueryView query={channels} skeletonRows={1}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="None that you may see">A channel is shared on its page “Sharing”.</Empty>
        ) : (
          <Card>
            {items.map(({ name }) => (
              <p key={name}>
                <Link {...paths.sharing(name)}>{name}</Link>
              </p>
            ))}
          </Card>
        )
      }
    </QueryView>
  )
}
