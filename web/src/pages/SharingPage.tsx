/** Who may do what in a channel: shares, accounts of programs, and what somebody may do with the reason for it. */
import { NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { findPerson, unshareChannel } from '../api/access-actions.ts'
import { allowShowing, setPrivacy } from '../api/actions.ts'
import { rightsQuery, sharesQuery, useMay } from '../api/access-queries.ts'
import type { Rights, Share } from '../api/access-types.ts'
import { channelQuery, showingsQuery } from '../api/queries.ts'
import { ApiError } from '../api/request.ts'
import { startReading } from '../api/start-reading.ts'
import { useSession } from '../api/session.ts'
import type { Privacy, Showing } from '../api/types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { levelTones } from '../components/levels.ts'
import { privacyChoices } from '../components/privacy.ts'
import { PersonField } from '../components/PersonField.tsx'
import { PrivacyTag } from '../components/PrivacyTag.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { resourceLabel } from '../components/resource-labels.ts'
import { ServiceAccounts } from '../components/ServiceAccounts.tsx'
import { useCall } from '../components/use-call.ts'
import { CreateServiceAccountForm } from '../forms/create-service-account.tsx'
import { ShareForm } from '../forms/share-channel.tsx'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 100

export function crumb(): string {
  return 'Sharing'
}

export function load(queryClient: QueryClient, channel: string): void {
  startReading(queryClient, showingsQuery(channel))
}

const route = getRouteApi('/channels/$channel/sharing')

export function SharingPage(): ReactNode {
  const { channel } = route.useParams()
  const navigate = route.useNavigate()
  const may = useMay(channel)
  const shares = useQuery({ ...sharesQuery(channel), enabled: may('channel.group:view') })
  return (
    <RequireSignIn>
      {may('channel:edit') && (
        <Section title="Who may read it">
          <PrivacyForm channel={channel} />
        </Section>
      )}
      {may('channel.group:view') && (
        <Section title="Shared with">
          <QueryView query={shares}>
            {(items) => <Shares channel={channel} items={items} mayChange={may('channel.group:edit')} />}
          </QueryView>
          {may('channel.group:edit') && (
            <Card>
              <ShareForm channel={channel} />
            </Card>
          )}
        </Section>
      )}
      <Showings channel={channel} />
      {may('service-account:view') && (
        <Section title="Service accounts">
          <ServiceAccounts channel={channel} paging={{ offset: 0, limit: LIMIT }} search={{}} />
          {may('service-account:edit') && (
            <Card>
              <CreateServiceAccountForm
                channel={channel}
                onDone={({ id }) => void navigate(paths.serviceAccount(id))}
              />
            </Card>
          )}
        </Section>
      )}
      <Section title="What somebody may do here, and why">
        <Explain channel={channel} isManager={may('channel.group:view')} />
      </Section>
    </RequireSignIn>
  )
}

function Shares({
  channel,
  items,
  mayChange,
}: {
  readonly channel: string
  readonly items: readonly Share[]
  readonly mayChange: boolean
}): ReactNode {
  const remove = useCall(
    (share: Share) => unshareChannel(channel, share.kind, share.subject_id),
    ['channel', channel],
  )
  if (items.length === 0) {
    return <Empty title="With nobody">Its owner and whose roles reach every channel may use it.</Empty>
  }
  return (
    <>
      <FormProblem error={remove.error} />
      <DataTable<Share>
        caption="Shares"
        rows={items}
        rowKey={(share) => `${share.kind} ${share.subject_id}`}
        columns={[
          {
            label: 'Who',
            isRowHeader: true,
            isWide: true,
            render: ({ kind, subject_id: id, name }) => <Link {...holderPath(kind, id, name)}>{name}</Link>,
          },
          { label: 'Kind', render: ({ kind }) => (kind === 'group' ? 'group' : 'account') },
          {
            label: 'May',
            render: ({ permission }) => <Tag tone={levelTones[permission]}>{permission}</Tag>,
          },
          {
            label: 'Uploads of',
            render: ({ permission, name_patterns: patterns }) => {
              if (permission === 'read') return '–'
              return patterns ? patterns.join(', ') : 'every name'
            },
          },
          { label: 'Since', render: (share) => <Time iso={share.created_at} /> },
          ...(mayChange
            ? [
                {
                  label: 'Take back',
                  render: (share: Share) => (
                    <ConfirmButton
                      label="Take back"
                      description={`Share ${channel} no more with ${share.name}`}
                      confirmLabel="Take it back"
                      isBusy={remove.isPending && remove.variables === share}
                      onConfirm={() => remove.mutate(share)}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  )
}

function PrivacyForm({ channel }: { readonly channel: string }): ReactNode {
  const data = useQuery(channelQuery(channel)).data
  const [chosen, setChosen] = useState<Privacy>()
  if (!data) return null
  const privacy = chosen ?? data.privacy
  return (
    <Card>
      <CallForm
        label="Change"
        isQuiet
        call={() => setPrivacy(channel, privacy)}
        refreshes={['channel', channel]}
        missing={privacy === data.privacy ? 'Nothing to change.' : undefined}
      >
        <NativeSelect
          label="Beside those it is shared with"
          description="Virtual channels of others show it only while it is public"
          data={privacyChoices}
          value={privacy}
          // the options are exactly the privacies
          onChange={(event) => setChosen(event.currentTarget.value as Privacy)}
        />
      </CallForm>
    </Card>
  )
}

/** Readers of those read what the channel has. */
function Showings({ channel }: { readonly channel: string }): ReactNode {
  const may = useMay(channel)
  const showings = useQuery(showingsQuery(channel))
  const allow = useCall(
    ({ path, allowed }: Showing) => allowShowing(channel, path, !allowed),
    ['channel', channel],
  )
  const items = showings.data?.items ?? []
  if (items.length === 0) return null
  return (
    <Section title="Shown by virtual channels">
      <FormProblem error={allow.error} />
      <DataTable<Showing>
        caption="Virtual channels that have it as a member"
        rows={items}
        rowKey={({ path }) => path}
        columns={[
          {
            label: 'Virtual channel',
            isRowHeader: true,
            render: ({ path }) => <Link {...paths.channel(path)}>{path}</Link>,
          },
          { label: 'Open to', render: (row) => <PrivacyTag privacy={row.privacy} /> },
          { label: 'Shows it', render: ({ shown }) => (shown ? 'yes' : 'no') },
          { label: 'While it is not public', render: ({ allowed }) => (allowed ? 'allowed' : 'no') },
          ...(may('channel.group:edit')
            ? [
                {
                  label: 'Change',
                  render: (row: Showing) => (
                    <ConfirmButton
                      label={row.allowed ? 'Withdraw' : 'Allow'}
                      description={
                        row.allowed
                          ? `Let ${row.path} show ${channel} only while it is public`
                          : `Let readers of ${row.path} read ${channel} also while it is not public`
                      }
                      confirmLabel={row.allowed ? 'Withdraw it' : 'Allow it'}
                      isBusy={allow.isPending && allow.variables === row}
                      onConfirm={() => allow.mutate(row)}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </Section>
  )
}

/** Programs have names that people cannot have. */
function holderPath(kind: Share['kind'], id: string, name: string) {
  if (kind === 'group') return paths.group(id)
  return name.startsWith('service-account-') ? paths.serviceAccount(id) : paths.person(id)
}

function Explain({
  channel,
  isManager,
}: {
  readonly channel: string
  readonly isManager: boolean
}): ReactNode {
  const me = useSession()
  const [username, setUsername] = useState('')
  const [asked, setAsked] = useState<string>()
  const user = asked ?? me?.user_id
  const rights = useQuery({ ...rightsQuery(channel, user ?? ''), enabled: user !== undefined })
  return (
    <>
      {isManager && (
        <Card>
          <CallForm
            label="Explain"
            isQuiet
            call={async () => (await findPerson(username)).id}
            onDone={setAsked}
          >
            <PersonField value={username} onChange={setUsername} />
          </CallForm>
        </Card>
      )}
      {user !== undefined && (
        <QueryView query={rights}>
          {(data) => <RightsTable rights={data} isMe={user === me?.user_id} />}
        </QueryView>
      )}
      {rights.error instanceof ApiError && rights.error.status === 404 && (
        <p>An account that is disabled may do nothing.</p>
      )}
    </>
  )
}

function RightsTable({ rights, isMe }: { readonly rights: Rights; readonly isMe: boolean }): ReactNode {
  const held = rights.rights.filter(({ level }) => level !== 'none')
  const who = isMe ? 'You' : rights.user.name
  if (held.length === 0) return <Empty title={`${who} may do nothing in ${rights.channel}`} />
  return (
    <DataTable
      caption={`What ${who} may do in ${rights.channel}`}
      rows={held}
      rowKey={({ resource }) => resource}
      columns={[
        {
          label: isMe ? 'On' : `${who} on`,
          isRowHeader: true,
          render: ({ resource }) => resourceLabel(resource),
        },
        { label: 'May', render: ({ level }) => <Tag tone={levelTones[level]}>{level}</Tag> },
        {
          label: 'Because',
          isWide: true,
          render: ({ resource, reasons }) =>
            reasons.map(({ text }) => <div key={`${resource} ${text}`}>{text}</div>),
        },
      ]}
    />
  )
}
