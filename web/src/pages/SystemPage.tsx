import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { startReading } from '../api/start-reading.ts'
import {
  checksQuery,
  collectGarbage,
  findingsQuery,
  startCheck,
  storageQuery,
  type ChannelStorage,
  type StorageCheck,
  type StorageFinding,
  type StorageUse,
} from '../api/system-queries.ts'
import { Problem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Facts } from '../ui/Facts.tsx'
import { countOf, formatBytes, formatCount, formatDuration } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
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
        </>
      ) : (
        <Empty title="No check yet">The server checks itself an hour after its first start, and daily.</Empty>
      )}
    </Section>
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
              <code>terrarium doctor</code> prints all of them.
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
  const isBusy = isUnderWay || start.isPending
  const why = isBusy ? 'A check is under way' : undefined
  return (
    <div className={classes.actions}>
      <Button
        size="xs"
        variant="default"
        disabled={isBusy}
        title={why}
        onClick={() => start.mutate({ deep: false, repair: false })}
      >
        Check now
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={isBusy}
        title={why}
        onClick={() => start.mutate({ deep: true, repair: false })}
      >
        Read every blob
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={isBusy}
        title={why}
        onClick={() => start.mutate({ deep: true, repair: true })}
      >
        Check and repair
      </Button>
      {start.error && <Problem error={start.error} />}
    </div>
  )
}

const channelColumns: readonly Column<ChannelStorage>[] = [
  { label: 'Channel', isRowHeader: true, render: ({ name }) => <Link {...paths.channel(name)}>{name}</Link> },
  { label: 'Packages', isNumber: true, render: ({ file_count }) => formatCount(file_count) },
  { label: 'Bytes', isNumber: true, render: ({ bytes }) => formatBytes(bytes) },
]

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
        <Button size="xs" variant="default" loading={collect.isPending} onClick={() => collect.mutate()}>
          Collect garbage
        </Button>
      }
    >
      {collect.error && <Problem error={collect.error} />}
      <Card>
        <Facts
          items={[
            [
              'Packages',
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
