import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { holdingsQuery } from '../api/access-queries.ts'
import type { Holdings as Held, Level } from '../api/access-types.ts'
import { paths } from '../paths.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { levelTones } from './levels.ts'
import { QueryView } from './QueryView.tsx'
import { resourceLabel } from './resource-labels.ts'

/** What an account may do wherever: roles, groups, channels, and the rights they come to, each with its reason. */
export function Holdings({ person }: { readonly person: string }): ReactNode {
  const held = useQuery(holdingsQuery(person))
  return (
    <>
      <Section title="Roles and groups">
        <QueryView query={held}>{(data) => <RolesAndGroups held={data} />}</QueryView>
      </Section>
      {held.data && (
        <>
          <Section title="Channels">
            <Channels channels={held.data.channels} />
          </Section>
          <Section title="What this account may do, and why">
            {held.data.user.is_disabled && (
              <p>Nothing while it is disabled. Enabled again, it may do this:</p>
            )}
            <Rights rights={held.data.rights} />
          </Section>
        </>
      )}
    </>
  )
}

function RolesAndGroups({ held }: { readonly held: Held }): ReactNode {
  return (
    <>
      <DataTable<Held['roles'][number]>
        caption="Roles"
        rows={held.roles}
        rowKey={({ name, because }) => `${name} ${because}`}
        columns={[
          { label: 'Role', isRowHeader: true, render: ({ name }) => name },
          {
            label: 'Reaches',
            render: ({ reach }) => (reach === 'all' ? 'everything' : 'what they have access to'),
          },
          { label: 'Because', isWide: true, render: ({ because }) => because },
        ]}
      />
      <p>
        {held.groups.length === 0 ? 'In no group.' : 'In '}
        {held.groups.map(({ id, name }, index) => (
          <span key={id}>
            {index > 0 && ', '}
            <Link {...paths.group(id)}>{name}</Link>
          </span>
        ))}
      </p>
    </>
  )
}

function Channels({ channels }: { readonly channels: Held['channels'] }): ReactNode {
  if (channels.length === 0)
    return <Empty title="No channel is theirs or shared with them">Public ones they read like anybody.</Empty>
  return (
    <DataTable<Held['channels'][number]>
      caption="Channels"
      rows={channels}
      rowKey={({ channel, because }) => `${channel} ${because}`}
      columns={[
        {
          label: 'Channel',
          isRowHeader: true,
          render: ({ channel }) => <Link {...paths.sharing(channel)}>{channel}</Link>,
        },
        { label: 'Access', render: ({ level }) => <LevelTag level={level} /> },
        { label: 'Because', isWide: true, render: ({ because }) => because },
      ]}
    />
  )
}

function Rights({ rights }: { readonly rights: Held['rights'] }): ReactNode {
  return (
    <DataTable<Held['rights'][number]>
      caption="Rights"
      rows={rights}
      rowKey={({ resource }) => resource}
      columns={[
        { label: 'On', isRowHeader: true, render: ({ resource }) => resourceLabel(resource) },
        { label: 'Everywhere', render: ({ everywhere }) => <LevelTag level={everywhere} /> },
        {
          label: 'With access, up to',
          render: ({ with_access: withAccess }) => <LevelTag level={withAccess} />,
        },
        {
          label: 'Because',
          isWide: true,
          render: ({ reasons }) => reasons.map(({ text }) => <div key={text}>{text}</div>),
        },
      ]}
    />
  )
}

function LevelTag({ level }: { readonly level: string }): ReactNode {
  // the server names no other levels
  return <Tag tone={levelTones[level as Level]}>{level}</Tag>
}
