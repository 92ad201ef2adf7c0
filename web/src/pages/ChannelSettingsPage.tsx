/** What a channel is said to be, how long its past is kept, what its users are told, and its end. */
import { NativeSelect, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { useMay } from '../api/access-queries.ts'
import { addNotice, deleteChannel, removeNotice, updateChannel, type NoticeLevel } from '../api/actions.ts'
import {
  channelQuery,
  fileCountsQuery,
  noticesQuery,
  showingsQuery,
  subchannelsQuery,
} from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Channel, ChannelNotice } from '../api/types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { PrivacyTag } from '../components/PrivacyTag.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useCall } from '../components/use-call.ts'
import fields from '../forms/fields.module.css'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { countOf, formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'

const MIN_KEEP_DAYS = 7
const MAX_KEEP_DAYS = 36_500
const DAY_MS = 86_400_000

export function crumb(): string {
  return 'Settings'
}

export function load(queryClient: QueryClient, channel: string): void {
  startReading(queryClient, noticesQuery(channel))
}

const route = getRouteApi('/channels/$channel/settings')

export function ChannelSettingsPage(): ReactNode {
  const { channel: name } = route.useParams()
  const channel = useQuery(channelQuery(name))
  const may = useMay(name)
  return (
    <QueryView query={channel}>
      {(data) => (
        <>
          {may('channel:edit') && (
            <>
              <Section title="What it is for">
                <DescriptionForm key={data.description} channel={data} />
              </Section>
              <Section title="Who may read it">
                <Text size="sm">
                  <PrivacyTag privacy={data.privacy} />{' '}
                  <Link {...paths.sharing(name)}>Change it, or share the channel</Link>
                </Text>
              </Section>
              <Section title="Its past">
                <KeepForm key={data.keep_days} channel={data} />
              </Section>
            </>
          )}
          <Section title="Notices">
            <Notices channel={name} mayChange={may('channel:edit')} />
          </Section>
          {may('channel:delete') && (
            <Section title="Delete this channel">
              <DeleteForm channel={data} />
            </Section>
          )}
        </>
      )}
    </QueryView>
  )
}

function DescriptionForm({ channel }: { readonly channel: Channel }): ReactNode {
  const [text, setText] = useState(channel.description)
  return (
    <Card>
      <CallForm
        label="Save the description"
        isQuiet
        call={() => updateChannel(channel.path, { description: text.trim() })}
        refreshes={['channel', channel.path]}
        missing={text.trim() === channel.description ? 'Nothing to change.' : undefined}
      >
        <Textarea
          label="Description"
          maxLength={10_000}
          rows={3}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </CallForm>
    </Card>
  )
}

function KeepForm({ channel }: { readonly channel: Channel }): ReactNode {
  const now = channel.keep_days === null ? '' : String(channel.keep_days)
  const [days, setDays] = useState(now)
  return (
    <Card>
      <CallForm
        label="Save the days"
        isQuiet
        call={() => updateChannel(channel.path, { keep_days: days === '' ? null : Number(days) })}
        refreshes={['channel', channel.path]}
        missing={days === now ? 'Nothing to change.' : undefined}
      >
        <TextInput
          label="Days that a past revision is kept"
          description={`${MIN_KEEP_DAYS} to ${formatCount(MAX_KEEP_DAYS)}; empty for what the server says. Older ones go, for ever, when the server next tidies up.`}
          type="number"
          inputMode="numeric"
          min={MIN_KEEP_DAYS}
          max={MAX_KEEP_DAYS}
          step={1}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
      </CallForm>
    </Card>
  )
}

const noticeTones: Readonly<Record<NoticeLevel, Tone>> = {
  info: 'notice',
  warning: 'wait',
  critical: 'bad',
}

function Notices({
  channel,
  mayChange,
}: {
  readonly channel: string
  readonly mayChange: boolean
}): ReactNode {
  const notices = useQuery(noticesQuery(channel))
  const remove = useCall(
    ({ id }: ChannelNotice) => removeNotice(channel, id),
    ['channel', channel, 'notices'],
  )
  return (
    <>
      <FormProblem error={remove.error} />
      <QueryView query={notices}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No notices">conda and pixi show them to whoever uses the channel.</Empty>
          ) : (
            <DataTable<ChannelNotice>
              caption="Notices"
              rows={items}
              rowKey={({ id }) => id}
              columns={[
                { label: 'Message', isRowHeader: true, isWide: true, render: ({ message }) => message },
                { label: 'Level', render: ({ level }) => <Tag tone={noticeTones[level]}>{level}</Tag> },
                {
                  label: 'Until',
                  render: ({ expires_at: at }) => (
                    <>
                      <Time iso={at} />{' '}
                      {Date.parse(at) <= Date.now() && <Tag tone="muted">no longer shown</Tag>}
                    </>
                  ),
                },
                ...(mayChange
                  ? [
                      {
                        label: 'Take back',
                        render: (notice: ChannelNotice) => (
                          <ConfirmButton
                            label="Take back"
                            description={`Take the notice “${notice.message}” back`}
                            confirmLabel="Take it back"
                            isBusy={remove.isPending && remove.variables === notice}
                            onConfirm={() => remove.mutate(notice)}
                          />
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          )
        }
      </QueryView>
      {mayChange && (
        <Card>
          <NoticeForm channel={channel} />
        </Card>
      )}
    </>
  )
}

const emptyNotice = { message: '', level: 'info' as NoticeLevel, days: '7' }

function NoticeForm({ channel }: { readonly channel: string }): ReactNode {
  const [form, setForm] = useState(emptyNotice)
  return (
    <CallForm
      label="Add the notice"
      isQuiet
      call={() =>
        addNotice(channel, {
          message: form.message.trim(),
          level: form.level,
          expires_at: new Date(Date.now() + Number(form.days) * DAY_MS).toISOString(),
        })
      }
      refreshes={['channel', channel, 'notices']}
      onDone={() => setForm(emptyNotice)}
    >
      <Textarea
        label="Tell everybody who uses the channel"
        required
        maxLength={2000}
        rows={2}
        value={form.message}
        onChange={(event) => setForm({ ...form, message: event.currentTarget.value })}
      />
      <div className={fields.row}>
        <NativeSelect
          label="Level"
          data={Object.keys(noticeTones)}
          value={form.level}
          // the options are exactly the levels
          onChange={(event) => setForm({ ...form, level: event.currentTarget.value as NoticeLevel })}
        />
        <TextInput
          label="Days that clients show it"
          type="number"
          inputMode="numeric"
          required
          min={1}
          max={MAX_KEEP_DAYS}
          step={1}
          value={form.days}
          onChange={(event) => setForm({ ...form, days: event.currentTarget.value })}
        />
      </div>
    </CallForm>
  )
}

/** Says what goes, and takes the name of the channel before it does. */
function DeleteForm({ channel }: { readonly channel: Channel }): ReactNode {
  const { path } = channel
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const files = useQuery(fileCountsQuery(path)).data
  const subchannels = useQuery(subchannelsQuery(path)).data
  const showings = useQuery(showingsQuery(path)).data
  const losing = showings?.items.filter(({ shown }) => shown) ?? []
  const below = subchannels?.items ?? []
  const isKnown = files !== undefined && subchannels !== undefined && showings !== undefined
  return (
    <Card>
      <CallForm
        label="Delete the channel"
        isQuiet
        call={() => deleteChannel(path, below.length > 0)}
        missing={
          !isKnown ? 'Counting what would go.' : typed.trim() !== path ? `Type ${path} first.` : undefined
        }
        onDone={() => {
          // a list that still names it would lead to nothing
          queryClient.removeQueries({ queryKey: ['channels'] })
          void navigate(paths.channels()).then(() =>
            queryClient.removeQueries({ queryKey: ['channel', path] }),
          )
        }}
      >
        {isKnown && (
          <div>
            <p>
              {channel.channel_type === 'virtual'
                ? `It shows ${countOf(files.all, 'file')} of its members, which keep them, and has `
                : `It has ${countOf(files.all, 'file')} in `}
              {countOf(channel.newest_revision, 'revision')}. All it has goes for ever, the addresses of its
              past, its shares and its mirrors too.
            </p>
            {below.length > 0 && (
              <p>Its subchannels go with it: {below.map((one) => one.path).join(', ')}.</p>
            )}
            {losing.length > 0 && (
              <p>
                Virtual channels that lose it: {losing.map((one) => one.path).join(', ')}. What comes from it
                there comes from nowhere, until somebody decides.
              </p>
            )}
          </div>
        )}
        <TextInput
          label="Name of the channel, to be sure"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </CallForm>
    </Card>
  )
}
