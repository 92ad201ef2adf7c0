import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { startReading } from '../api/start-reading.ts'
import {
  checksQuery,
  collectGarbage,
  dryRunQuery,
  findingsQuery,
  startCheck,
  stopChecks,
  storageQuery,
  type ChannelStorage,
  type StorageCheck,
  type StorageFinding,
  type StorageUse,
} from '../api/system-queries.ts'
import { Problem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Facts } from '../ui/Facts.tsx'
import { countOf, formatBytes, formatCount, formatDuration } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Instant, Time } from '../ui/Time.tsx'
import { paths } from '../paths.ts'
import classes from './SystemPage.module.css'

export function crumb(): string {
  return 'System'
}

export function load(queryClient: QueryClient): void {
  startReading(queryClient, checksQuery())
  startReading(queryClient, storageQuery())
}

export function SystemPage(): ReactNode {
  const checks = useQuery(checksQuery())
  const newest = checks.data?.items[0]
  // a repair changes what is there
  const storage = useQuery(storageQuery(newest && `${newest.id} ${newest.state}`))
  return (
    <>
      <PageHead
        title="System"
        description="Whether what is stored and what is served agree, and how much room it takes."
      />
      <QueryView query={checks}>{(page) => <Checks checks={page.items} />}</QueryView>
      <QueryView query={storage}>{(use) => <Storage use={use} />}</QueryView>
    </>
  )
}

function Checks({ checks }: { readonly checks: readonly StorageCheck[] }): ReactNode {
  const [newest] = checks
  const last = checks.find(({ result }) => result !== null)
  const isUnderWay = newest?.state === 'queued' || newest?.state === 'running'
  return (
    <Section title="Checks" actions={<CheckActions isUnderWay={isUnderWay} />}>
      {isUnderWay && (
        <Notice tone="wait" role="status">
          {progressText(newest)}
        </Notice>
      )}
      {newest?.state === 'failed' && (
        <Notice tone="bad" role="alert" title="The last check did not get to its end">
          {newest.error}
        </Notice>
      )}
      {last?.result ? (
        <>
          <Card>
            <Facts
              items={[
                ['Last check', <Time key="time" iso={last.finished_at ?? last.created_at} />],
                ['Kind', last.deep ? 'Deep: every blob was read' : 'Light: sizes were believed'],
                ['Result', <ResultTag key="result" check={last} />],
                [
                  'Looked at',
                  `${countOf(last.result.channels, 'channel')}, ${countOf(last.result.blobs, 'blob')}, ${formatBytes(last.result.bytes)}`,
                ],
              ]}
            />
          </Card>
          {last.result.faults > 0 && <Findings check={last} />}
          {checks.length > 1 && <EarlierChecks checks={checks} />}
        </>
      ) : (
        <Empty title="No check yet">The server checks itself an hour after its first start, and daily.</Empty>
      )}
    </Section>
  )
}

const checkColumns: readonly Column<StorageCheck>[] = [
  {
    label: 'Check',
    isRowHeader: true,
    render: (check) => <Instant iso={check.finished_at ?? check.created_at} />,
  },
  {
    label: 'Kind',
    render: ({ deep, repair }) => `${deep ? 'Deep' : 'Light'}${repair ? ', with repair' : ''}`,
  },
  {
    label: 'Result',
    isWide: true,
    render: (check) => (check.result ? <ResultTag check={check} /> : <Tag tone="muted">{check.state}</Tag>),
  },
]

function EarlierChecks({ checks }: { readonly checks: readonly StorageCheck[] }): ReactNode {
  return (
    <details>
      <summary>Checks of late</summary>
      <DataTable caption="Checks of late" columns={checkColumns} rows={checks} rowKey={({ id }) => id} />
    </details>
  )
}

function progressText({ state, progress }: StorageCheck): string {
  if (state === 'queued' || !progress) return 'A check is about to start.'
  const { step, bytes, bytes_per_second: rate, seconds_remaining: left } = progress
  const rest = left === null || left === undefined ? '' : `, ${formatDuration(left)} left`
  if (bytes === undefined) return `Under way: ${step}${rest}.`
  return `Under way: ${step}, ${formatBytes(bytes)} at ${formatBytes(rate ?? 0)}/s${rest}.`
}

function ResultTag({ check }: { readonly check: StorageCheck }): ReactNode {
  const { faults = 0, left = 0, aside = 0 } = check.result ?? {}
  if (faults === 0) return <Tag tone="good">Nothing is wrong</Tag>
  if (left === 0) return <Tag tone="good">{countOf(faults, 'fault')}, all repaired</Tag>
  if (left === aside) return <Tag tone="wait">{countOf(aside, 'thing')} put aside</Tag>
  return <Tag tone="bad">{countOf(left, 'fault')}</Tag>
}

const findingColumns: readonly Column<StorageFinding>[] = [
  { label: 'Where', isRowHeader: true, render: ({ where }) => where },
  { label: 'Finding', isShort: true, render: ({ code }) => <code>{code}</code> },
  {
    label: 'What is wrong',
    isWide: true,
    render: ({ message, outcome, repair }) => (
      <div className={classes.words}>
        <div>{message}</div>
        {outcome !== null && (
          <div>
            <Tag tone={outcomeTones[outcome]}>{outcomeWords[outcome]}</Tag> {repair}
          </div>
        )}
      </div>
    ),
  },
]

const outcomeTones = { repaired: 'good', aside: 'wait', left: 'bad' } as const
const outcomeWords: Readonly<Record<NonNullable<StorageFinding['outcome']>, string>> = {
  repaired: 'Repaired',
  aside: 'Put aside',
  left: 'Left',
}

function Findings({ check }: { readonly check: StorageCheck }): ReactNode {
  const findings = useQuery(findingsQuery(check.id))
  return (
    <QueryView query={findings}>
      {(page) => (
        <>
          <DataTable
            caption="Findings of the last check"
            columns={findingColumns}
            rows={page.items}
            rowKey={({ code, where, message }) => `${code} ${where} ${message}`}
          />
          {page.total_count > page.items.length && (
            <p>
              The first {formatCount(page.items.length)} of {formatCount(page.total_count)};{' '}
              <code>npx terrarium doctor --last</code> prints all of them.
            </p>
          )}
        </>
      )}
    </QueryView>
  )
}

function CheckActions({ isUnderWay }: { readonly isUnderWay: boolean }): ReactNode {
  const queryClient = useQueryClient()
  const start = useMutation({
    mutationFn: startCheck,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
  })
  const stop = useMutation({
    mutationFn: stopChecks,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
  })
  const isBusy = isUnderWay || start.isPending
  const why = isBusy ? 'A check is under way' : undefined
  return (
    <div className={classes.actions}>
      <Button
        size="compact-sm"
        variant="default"
        disabled={isBusy}
        title={why}
        onClick={() => start.mutate({ deep: false, repair: false })}
      >
        Check now
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={isBusy}
        title={why}
        onClick={() => start.mutate({ deep: true, repair: false })}
      >
        Read every blob
      </Button>
      {isUnderWay ? (
        <ConfirmButton
          label="Stop the check"
          description="Stop the check that runs"
          consequence="What it repaired stays repaired."
          confirmLabel="Stop it"
          isBusy={stop.isPending}
          onConfirm={() => stop.mutate()}
        />
      ) : (
        <ConfirmButton
          label="Check and repair"
          description="Read every blob, and repair what is wrong"
          consequence="What can be made again is made again; what cannot is put aside, and clients get an error for it."
          confirmLabel="Check and repair"
          isBusy={start.isPending}
          onConfirm={() => start.mutate({ deep: true, repair: true })}
        />
      )}
      {(start.error ?? stop.error) && <Problem error={start.error ?? stop.error} />}
    </div>
  )
}

const channelColumns: readonly Column<ChannelStorage>[] = [
  { label: 'Channel', isRowHeader: true, render: ({ name }) => <Link {...paths.channel(name)}>{name}</Link> },
  { label: 'Files', isNumber: true, render: ({ file_count }) => formatCount(file_count) },
  { label: 'Bytes', isNumber: true, render: ({ bytes }) => formatBytes(bytes) },
]

/** Asked for when somebody is about to collect. */
function WouldGo(): ReactNode {
  const dryRun = useQuery(dryRunQuery())
  if (dryRun.error) return `What would go could not be found out: ${dryRun.error.message}.`
  const found = dryRun.data?.result
  if (!found) return 'Looking at what would go …'
  return `${countOf(found.blob_count, 'blob')} (${formatBytes(found.space_reclaimed)}) and ${countOf(
    found.expired_revisions,
    'past revision',
  )} would go, for ever.`
}

function Storage({ use }: { readonly use: StorageUse }): ReactNode {
  const queryClient = useQueryClient()
  const collect = useMutation({
    mutationFn: collectGarbage,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
  })
  const { last_collection: last, last_collection_at: lastAt } = use
  return (
    <Section
      title="Storage"
      actions={
        <ConfirmButton
          label="Collect garbage"
          description="Collect garbage"
          consequence={<WouldGo />}
          confirmLabel="Collect it"
          isBusy={collect.isPending}
          onConfirm={() => collect.mutate()}
        />
      }
    >
      {collect.error && <Problem error={collect.error} />}
      <Card>
        <Facts
          items={[
            [
              'Package files',
              `${formatCount(use.artifact_count)}, ${formatBytes(use.artifact_bytes)}, each stored once`,
            ],
            [
              'To be collected',
              use.condemned_count === 0
                ? 'Nothing'
                : `${countOf(use.condemned_count, 'blob')} that nothing names`,
            ],
            [
              'Last collection',
              last && lastAt ? (
                <>
                  <Time iso={lastAt} />: {countOf(last.blob_count, 'blob')},{' '}
                  {formatBytes(last.space_reclaimed)}
                </>
              ) : (
                'None yet'
              ),
            ],
          ]}
        />
      </Card>
      {use.channels.items.length > 0 && (
        <DataTable
          caption="Storage by channel"
          columns={channelColumns}
          rows={use.channels.items}
          rowKey={({ name }) => name}
        />
      )}
    </Section>
  )
}
