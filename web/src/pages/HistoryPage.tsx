/** What a channel was when, what each revision changed and why, and the ways back. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode, type SyntheticEvent } from 'react'
import { useMay } from '../api/access-queries.ts'
import { rollBack, serveRevision, setFrozen } from '../api/actions.ts'
import { channelQuery, differenceQuery, revisionsQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Cause, Channel, NameDifference, Revision } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { channelUrl, paths, readListSearch, readPage, readText, toPaging, type ListSearch } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { countOf, formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Instant, Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'

const LIMIT = 20
const SHOWN_NAMES = 50

export interface HistorySearch extends ListSearch {
  /** The one whose changes are shown. */
  revision?: number
  /** What it is compared with: a number, a date or an instant; the one before when absent. */
  from?: string
  /** Page of its changes, from 1; absent for the first. */
  part?: number
}

export function readSearch(search: Readonly<Record<string, unknown>>): HistorySearch {
  const revision = Number(search['revision'])
  const { page } = readListSearch(search)
  const [from, part] = [readText(search['from']), readPage(search['part'])]
  return {
    ...(page !== undefined && { page }),
    ...(Number.isSafeInteger(revision) && revision > 0 && { revision }),
    ...(from !== undefined && { from }),
    ...(part !== undefined && { part }),
  }
}

export function crumb(): string {
  return 'History'
}

export function load(queryClient: QueryClient, channel: string, search: HistorySearch): void {
  startReading(queryClient, revisionsQuery(channel, pagingOf(search)))
}

function pagingOf(search: HistorySearch): { offset: number; limit: number } {
  const { offset, limit } = toPaging(search, LIMIT)
  return { offset, limit }
}

const route = getRouteApi('/channels/$channel/history')

export function HistoryPage(): ReactNode {
  const { channel: name } = route.useParams()
  const search = route.useSearch()
  const channel = useQuery(channelQuery(name))
  const revisions = useQuery(revisionsQuery(name, pagingOf(search)))
  return (
    <QueryView query={channel}>
      {(data) => (
        <>
          <Standing channel={data} />
          {search.revision !== undefined && (
            <Changes key={search.revision} channel={data} revision={search.revision} search={search} />
          )}
          <QueryView query={revisions}>
            {(page) =>
              page.items.length === 0 ? (
                <Empty title="No revisions yet">
                  The first one is made when a package arrives; until then clients get an empty index.
                </Empty>
              ) : (
                <Section title="Revisions">
                  <DataTable
                    caption="Revisions"
                    columns={columnsFor(name, search.page)}
                    rows={page.items}
                    rowKey={({ number }) => String(number)}
                  />
                  <Pager page={page} search={search} limit={LIMIT} noun="revision" />
                </Section>
              )
            }
          </QueryView>
        </>
      )}
    </QueryView>
  )
}

/** What is served at this moment, and whether that stays so. */
function Standing({ channel }: { readonly channel: Channel }): ReactNode {
  const may = useMay(channel.path)
  const frozen = channel.indexing_behavior === 'frozen'
  const change = useChange(channel.path, () => setFrozen(channel.path, !frozen))
  const behind = channel.revision - channel.rendered_revision
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="xs">
          <Text>Clients get revision {formatCount(channel.revision)}.</Text>
          {channel.newest_revision > channel.revision && (
            <Tag tone="notice">
              {countOf(channel.newest_revision - channel.revision, 'revision')} prepared
            </Tag>
          )}
          {behind > 0 && (
            <Tag tone="wait" title="Clients that read shards see it already">
              repodata.json is {countOf(behind, 'revision')} behind
              {channel.rendered_behind_since !== null && (
                <>
                  , since <Time iso={channel.rendered_behind_since} />
                </>
              )}
            </Tag>
          )}
        </Group>
        {may('channel:edit') && (
          <ConfirmButton
            label={frozen ? 'Unfreeze' : 'Freeze'}
            description={
              frozen
                ? `Let ${channel.path} show what was prepared, in one step`
                : `Keep what ${channel.path} serves as it is, while new content is prepared`
            }
            consequence={
              frozen
                ? `Clients get revision ${formatCount(channel.newest_revision)} at once.`
                : `Clients keep revision ${formatCount(channel.revision)}; what comes meanwhile waits. Today’s policies go on to judge downloads.`
            }
            confirmLabel={frozen ? 'Unfreeze it' : 'Freeze it'}
            isBusy={change.isPending}
            onConfirm={() => change.mutate()}
          />
        )}
      </Group>
      <FormProblem error={change.error} />
    </Stack>
  )
}

function useChange(channel: string, act: () => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['channel', channel] }),
  })
}

function Changes({
  channel,
  revision,
  search,
}: {
  readonly channel: Channel
  readonly revision: number
  readonly search: HistorySearch
}): ReactNode {
  const { from, part = 1 } = search
  const paging = { offset: (part - 1) * SHOWN_NAMES, limit: SHOWN_NAMES }
  const difference = useQuery(differenceQuery(channel.path, revision, from, paging))
  const isOld = revision !== channel.revision
  return (
    <Section
      title={
        from === undefined
          ? `What revision ${formatCount(revision)} changed`
          : `What differs in revision ${formatCount(revision)}`
      }
    >
      {isOld && <WaysBack channel={channel} revision={revision} />}
      <ComparedWith from={from} />
      <QueryView query={difference}>
        {(page) =>
          page.items.length === 0 ? (
            <Text c="dimmed">No package differs from revision {formatCount(page.from)}.</Text>
          ) : (
            <>
              <DataTable
                caption={`Changes of revision ${revision}`}
                columns={differenceColumns}
                rows={page.items}
                rowKey={({ name }) => name}
              />
              <Pager page={page} search={search} field="part" limit={SHOWN_NAMES} noun="package" />
            </>
          )
        }
      </QueryView>
      <Text size="sm" c="dimmed">
        For clients, the channel as it was
      </Text>
      <CopyBlock
        label={`Address of ${channel.path} as it was in revision ${revision}`}
        text={`${channelUrl(window.location.origin, channel.path)}@${revision}`}
      />
    </Section>
  )
}

/** What going back would do, counted before anybody does it. */
function WaysBack({
  channel,
  revision,
}: {
  readonly channel: Channel
  readonly revision: number
}): ReactNode {
  const mayGoBack = useMay(channel.path)('revision:rollback')
  const served = useQuery({
    ...differenceQuery(channel.path, revision, String(channel.revision), { offset: 0, limit: 1 }),
    enabled: mayGoBack && channel.revision > 0,
  })
  const serve = useChange(channel.path, () => serveRevision(channel.path, revision))
  const back = useChange(channel.path, () => rollBack(channel.path, revision))
  if (!mayGoBack) return null
  const differs =
    served.data === undefined
      ? ''
      : `From what clients get now, ${countOf(served.data.total_count, 'package')} would change. `
  return (
    <>
      <Group gap="xs">
        <ConfirmButton
          label="Serve it as it was"
          description={`Serve revision ${revision} of ${channel.path} at once, and freeze the channel there`}
          consequence={`${differs}Clients get revision ${formatCount(revision)} at once, and the channel is frozen there until it is unfrozen.`}
          confirmLabel="Serve and freeze"
          isBusy={serve.isPending}
          onConfirm={() => serve.mutate()}
        />
        {channel.channel_type === 'default' && (
          <ConfirmButton
            label="Roll back to it"
            description={`Make a new revision of ${channel.path} with the contents of revision ${revision}`}
            consequence={`${differs}Files that came since go out, files that went since come back, and today’s policies decide. A mirror may bring back what its upstream has.`}
            confirmLabel="Roll back"
            isBusy={back.isPending}
            onConfirm={() => back.mutate()}
          />
        )}
      </Group>
      <FormProblem error={serve.error ?? back.error} />
    </>
  )
}

function ComparedWith({ from }: { readonly from: string | undefined }): ReactNode {
  const navigate = route.useNavigate()
  const [text, setText] = useState(from ?? '')
  const show = (event: SyntheticEvent): void => {
    event.preventDefault()
    const next = text.trim()
    void navigate({
      search: ({ page, revision }) => ({
        ...(page !== undefined && { page }),
        ...(revision !== undefined && { revision }),
        ...(next !== '' && { from: next }),
      }),
    })
  }
  return (
    <form onSubmit={show}>
      <Group gap="xs" align="end">
        <TextInput
          label="Compared with"
          description="A revision, a date or an instant; empty for the revision before"
          placeholder="2026-10-01"
          maxLength={40}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Compare
        </Button>
      </Group>
    </form>
  )
}

const stateTones: Readonly<Record<Revision['state'], Tone>> = {
  served: 'good',
  past: 'muted',
  prepared: 'wait',
  skipped: 'muted',
}

function columnsFor(channel: string, page: number | undefined): readonly Column<Revision>[] {
  return [
    {
      label: 'Revision',
      isRowHeader: true,
      render: ({ number }) => <Link {...paths.revision(channel, number, page)}>{formatCount(number)}</Link>,
    },
    { label: 'Made', isShort: true, render: ({ created }) => <Instant iso={created} /> },
    { label: 'State', render: ({ state }) => <Tag tone={stateTones[state]}>{state}</Tag> },
    { label: 'Packages changed', isNumber: true, render: (row) => formatCount(row.changed_names) },
    {
      label: 'Files served',
      isNumber: true,
      render: (row) => `${formatCount(row.served_count)} of ${formatCount(row.contents_count)}`,
    },
    { label: 'Why', isWide: true, render: ({ causes }) => <Causes causes={causes} /> },
  ]
}

const differenceColumns: readonly Column<NameDifference>[] = [
  { label: 'Package', isRowHeader: true, render: ({ name }) => name },
  {
    label: 'Files',
    isWide: true,
    render: ({ files }) => (
      <Stack gap={2}>
        {files.map(({ subdir, filename, change, fields }) => (
          <span key={`${subdir}/${filename}`}>
            <Tag tone={changeTones[change]}>{change}</Tag> {subdir}/{filename}
            {fields.length > 0 && ` (${fields.join(', ')})`}
          </span>
        ))}
      </Stack>
    ),
  },
  { label: 'Why', render: ({ causes }) => <Causes causes={causes.map(({ cause }) => cause)} /> },
]

const changeTones: Readonly<Record<NameDifference['files'][number]['change'], Tone>> = {
  added: 'good',
  shown: 'good',
  changed: 'notice',
  removed: 'bad',
  hidden: 'bad',
}

const SHOWN_CAUSES = 3

function Causes({ causes }: { readonly causes: readonly Cause[] }): ReactNode {
  const texts = [...new Set(causes.map(causeText))]
  const more = texts.length - SHOWN_CAUSES
  if (texts.length === 0) return '–'
  return texts.slice(0, SHOWN_CAUSES).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** `upload by alice, file noarch/a-1.0-0.conda`: a kind that this release does not know reads as well. */
function causeText({ kind, ...rest }: Cause): string {
  // what a job or a curation is called inside tells people nothing
  const facts = Object.entries(rest).filter(([key]) => key !== 'job' && key !== 'curation')
  const [first, ...others] = facts.map(([key, value]) =>
    key === kind ? String(value) : `${key} ${String(value)}`,
  )
  return [first === undefined ? kind : `${kind} ${first}`, ...others].join(', ')
}
