/** What a virtual channel is made of: its members in their order, and where each package comes from. */
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { changeMembers, dismissMember, pinName, unpinName } from '../api/actions.ts'
import { channelQuery, ownersQuery, pinsQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { ChannelSource, LostMember, Owner, Pin } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { countOf } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Members'
}

export function load(queryClient: QueryClient, channel: string, search: ListSearch): void {
  startReading(queryClient, ownersQuery(channel, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/members')

export function MembersPage(): ReactNode {
  const { channel: name } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const channel = useQuery(channelQuery(name))
  const owners = useQuery(ownersQuery(name, toPaging(search, LIMIT)))
  return (
    <QueryView query={channel}>
      {({ sources = [], lost_members: lost }) => (
        <>
          {lost?.map((member) => (
            <Lost key={member.id} channel={name} member={member} />
          ))}
          <Section title="Members">
            <Text c="dimmed" size="sm">
              Each package comes from one member alone: the one it is pinned to, else the first that has it
              among the members that were added as not public, else among the others. A name stays with its
              member, also when all its versions are blocked or gone, and when the member is opened, closed or
              deleted.
            </Text>
            <Order channel={name} sources={sources} canChange={lost !== undefined} />
          </Section>
          <Section title="Where packages come from">
            <SearchBox
              label="Search packages"
              value={search.q ?? ''}
              onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
            />
            {lost && <PinForm channel={name} members={sources.map(pathOf)} />}
            <Patterns channel={name} canChange={lost !== undefined} />
            <QueryView query={owners}>
              {(page) =>
                page.items.length === 0 ? (
                  <Empty title="No package here" />
                ) : (
                  <>
                    <DataTable
                      caption="Where packages come from"
                      columns={columnsFor(name, lost !== undefined)}
                      rows={page.items}
                      rowKey={(row) => row.name}
                    />
                    <Pager page={page} search={search} limit={LIMIT} noun="package" />
                  </>
                )
              }
            </QueryView>
          </Section>
        </>
      )}
    </QueryView>
  )
}

function pathOf({ name, parent_name: parent }: ChannelSource): string {
  return parent === undefined ? name : `${parent}/${name}`
}

function useChange<Input>(channel: string, act: (input: Input) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['channel', channel] }),
  })
}

/** What was lost, what that does, and the ways on. */
function Lost({ channel, member }: { readonly channel: string; readonly member: LostMember }): ReactNode {
  const { id, path, how, names, lost_at: at } = member
  const dismiss = useChange(channel, () => dismissMember(channel, id))
  return (
    <Notice tone="bad" role="status" title={`The member ${path} was ${how}`}>
      <Stack gap="xs" align="start">
        <Text size="sm">
          That was <Time iso={at} />. {countOf(names, 'package')} that it had then may come from nowhere now:
          nobody else gets the names until you pin them to another member or take {path} out.
          {how === 'closed'
            ? ' It is shown again when it is public, or when its owner allows it here and this channel is not more open.'
            : ' A new channel of this name is another channel: add it as a member of its own.'}
        </Text>
        <ConfirmButton
          label="Take it out"
          description={`Take ${path} out, so that other members get its names`}
          confirmLabel="Let others have its names"
          isBusy={dismiss.isPending}
          onConfirm={() => dismiss.mutate(undefined)}
        />
        <FormProblem error={dismiss.error} />
      </Stack>
    </Notice>
  )
}

function Order(props: {
  readonly channel: string
  readonly sources: readonly ChannelSource[]
  readonly canChange: boolean
}): ReactNode {
  const { channel, sources, canChange } = props
  const members = sources.map(pathOf)
  const [added, setAdded] = useState('')
  const change = useChange(channel, (next: readonly string[]) => changeMembers(channel, next))
  const without = (member: string): string[] => members.filter((one) => one !== member)
  const earlier = (index: number): string[] => {
    const moved = members[index] ?? ''
    return without(moved).toSpliced(index - 1, 0, moved)
  }
  return (
    <Stack gap="xs">
      <ol>
        {members.map((member, index) => (
          <li key={member}>
            <Group gap="xs">
              <Link {...paths.channel(member)}>{member}</Link>
              {sources[index]?.before_public && (
                <Tag tone="muted" title="Whatever its place">
                  before public ones
                </Tag>
              )}
              {sources[index]?.lost && <Tag tone="bad">closed</Tag>}
              {canChange && (
                <>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Ask ${member} earlier`}
                    disabled={index === 0}
                    title={index === 0 ? 'It is asked first already' : undefined}
                    loading={change.isPending}
                    onClick={() => change.mutate(earlier(index))}
                  >
                    Earlier
                  </Button>
                  <ConfirmButton
                    label="Take out"
                    description={`Take ${member} out, so that other members get its names`}
                    confirmLabel="Let others have its names"
                    isBusy={change.isPending}
                    onConfirm={() => change.mutate(without(member))}
                  />
                </>
              )}
            </Group>
          </li>
        ))}
      </ol>
      {canChange && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            change.mutate([...members, added.trim()], { onSuccess: () => setAdded('') })
          }}
        >
          <Group align="end" gap="xs">
            <TextInput
              label="Add a channel"
              required
              maxLength={200}
              value={added}
              onChange={(event) => setAdded(event.currentTarget.value)}
            />
            <Button type="submit" loading={change.isPending}>
              Add
            </Button>
          </Group>
        </form>
      )}
      <FormProblem error={change.error} />
    </Stack>
  )
}

function PinForm(props: { readonly channel: string; readonly members: readonly string[] }): ReactNode {
  const { channel, members } = props
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<string>()
  const member = chosen ?? members[0] ?? ''
  const pin = useChange(channel, () => pinName(channel, name.trim(), member))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        pin.mutate(undefined, { onSuccess: () => setName('') })
      }}
    >
      <Group align="end" gap="xs">
        <TextInput
          label="Pin a package, or a pattern such as acme-*"
          required
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="to"
          data={[...members]}
          value={member}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={pin.isPending}>
          Pin
        </Button>
      </Group>
      <FormProblem error={pin.error} />
    </form>
  )
}

/** Patterns count before there is any package that they match. */
function Patterns({
  channel,
  canChange,
}: {
  readonly channel: string
  readonly canChange: boolean
}): ReactNode {
  const pins = useQuery(pinsQuery(channel)).data?.items ?? []
  const patterns = pins.filter(({ name }) => name.includes('*'))
  if (patterns.length === 0) return null
  return (
    <DataTable<Pin>
      caption="Patterns"
      rows={patterns}
      rowKey={({ name }) => name}
      columns={[
        { label: 'Pattern', isRowHeader: true, render: ({ name }) => name },
        { label: 'Comes from', render: ({ member }) => member ?? 'a channel you may not see' },
        ...(canChange
          ? [{ label: 'Pin', render: ({ name }: Pin) => <Unpin channel={channel} name={name} /> }]
          : []),
      ]}
    />
  )
}

function columnsFor(channel: string, canChange: boolean): readonly Column<Owner>[] {
  return [
    {
      label: 'Package',
      isRowHeader: true,
      render: ({ name }) => <Link {...paths.package(channel, name)}>{name}</Link>,
    },
    {
      label: 'Comes from',
      render: ({ name, member, pin, lost }) => (
        <Group gap="xs">
          {member === null ? (
            'a channel you may not see'
          ) : lost === 'deleted' ? (
            member
          ) : (
            <Link {...paths.channel(member)}>{member}</Link>
          )}
          {lost && (
            <Tag tone="bad" title="It comes from nowhere until somebody decides">
              {lost}
            </Tag>
          )}
          {pin !== null && <Tag tone="notice">{pin === name ? 'pinned' : `pinned by ${pin}`}</Tag>}
        </Group>
      ),
    },
    {
      label: 'Left out',
      isWide: true,
      render: ({ left_out: leftOut }) =>
        leftOut.length === 0 ? '–' : `${leftOut.join(', ')}: known with other bytes`,
    },
    ...(canChange
      ? [
          {
            label: 'Pin',
            render: ({ pin }: Owner) => (pin === null ? '–' : <Unpin channel={channel} name={pin} />),
          },
        ]
      : []),
  ]
}

function Unpin({ channel, name }: { readonly channel: string; readonly name: string }): ReactNode {
  const unpin = useChange(channel, () => unpinName(channel, name))
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Unpin ${name}`}
        loading={unpin.isPending}
        onClick={() => unpin.mutate(undefined)}
      >
        Unpin
      </Button>
      <FormProblem error={unpin.error} />
    </>
  )
}
