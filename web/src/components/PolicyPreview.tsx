/**
 * What a policy would do in a channel, while it is still being written: how much would be blocked or come back,
 * by rule and platform, which packages would have nothing left, and who had those files of late.
 */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { NameChange, PolicyPreview, PreviewProgress, UserDownloads } from '../api/types.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { countOf, formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { ProgressBar } from '../ui/ProgressBar.tsx'
import { StackedBar } from '../ui/StackedBar.tsx'
import { Tag } from '../ui/Tag.tsx'
import { paths } from '../paths.ts'
import classes from './PolicyPreview.module.css'
import { wordings } from './Verdict.tsx'

interface PolicyPreviewProps {
  readonly channel: string
  readonly preview: PolicyPreview
}

/** What the counts wait for, the first time after most of a large channel changed. */
export function PreviewWait({
  channel,
  progress: { done_count: done, total_count: total },
}: {
  readonly channel: string
  readonly progress: PreviewProgress
}): ReactNode {
  const percent = total === 0 ? undefined : Math.floor((done / total) * 100)
  const text = `Reading what is known of the files of ${channel}${percent === undefined ? '' : `: ${percent}%`}.`
  return (
    <div>
      <ProgressBar label="Progress of the preview" percent={percent} text={text} />
      <Text size="sm">{text} The counts come when that is done.</Text>
    </div>
  )
}

/** The counts, short enough to stand beside the text. */
export function PreviewCounts({ preview }: Pick<PolicyPreviewProps, 'preview'>): ReactNode {
  const { newly_blocked: blocked, newly_unblocked: unblocked, none_left_count: noneLeft } = preview
  return (
    <div className={classes.counts}>
      <p className={classes.headline}>
        <strong>{countOf(blocked, 'file')}</strong> would be newly blocked,{' '}
        <strong>{formatCount(unblocked)}</strong> would come back, of {formatCount(preview.file_count)}.
      </p>
      <StackedBar parts={afterwards(preview)} withLegend />
      {noneLeft > 0 && (
        <Notice tone="bad" role="alert" title={`${countOf(noneLeft, 'package')} would have nothing left`}>
          <p>Every version that clients get today would be gone; they stand first in the list below.</p>
        </Notice>
      )}
      {preview.by_rule.length > 0 && (
        <DataTable
          caption="Changes by rule"
          columns={ruleColumns}
          rows={preview.by_rule}
          rowKey={({ policy, rule }) => `${policy}/${rule}`}
        />
      )}
      {preview.by_subdir.length > 0 && (
        <DataTable
          caption="Changes by platform"
          columns={subdirColumns}
          rows={preview.by_subdir}
          rowKey={({ subdir }) => subdir}
        />
      )}
      {blocked > 0 && (
        <Text size="sm">
          Those files were downloaded {countOf(preview.downloads_30_days, 'time')} in the last 30 days
          {preview.users.length > 0 && <>, by {names(preview.users)}</>}.
        </Text>
      )}
    </div>
  )
}

/** Name by name; as wide as the page. */
export function PreviewNames({ channel, preview }: PolicyPreviewProps): ReactNode {
  if (preview.names.length === 0) return null
  return (
    <>
      <DataTable
        caption="Changes by package"
        columns={nameColumns(channel)}
        rows={preview.names}
        rowKey={({ name }) => name}
      />
      {preview.names_count > preview.names.length && (
        <Text size="sm" c="dimmed">
          The first {formatCount(preview.names.length)} of {countOf(preview.names_count, 'package')} with a
          change.
        </Text>
      )}
    </>
  )
}

function afterwards({ after }: PolicyPreview): Parameters<typeof StackedBar>[0]['parts'] {
  return (['allow', 'warn', 'hide', 'hold', 'deny'] as const).map((effect) => ({
    label: wordings[effect].word.toLowerCase(),
    count: after[effect] ?? 0,
    tone: wordings[effect].tone,
  }))
}

const SHOWN_USERS = 3

function names(users: readonly UserDownloads[]): string {
  const shown = users
    .slice(0, SHOWN_USERS)
    .map(({ user, downloads }) => `${user} (${formatCount(downloads)})`)
  return [...shown, ...(users.length > SHOWN_USERS ? [`${users.length - SHOWN_USERS} more`] : [])].join(', ')
}

interface Counts {
  readonly newly_blocked: number
  readonly newly_unblocked: number
}

const countColumns: readonly Column<Counts>[] = [
  { label: 'Blocked', isNumber: true, render: (row) => formatCount(row.newly_blocked) },
  { label: 'Back', isNumber: true, render: (row) => formatCount(row.newly_unblocked) },
]

const ruleColumns: readonly Column<PolicyPreview['by_rule'][number]>[] = [
  { label: 'Rule', isRowHeader: true, isWide: true, render: ({ policy, rule }) => `${policy}, ${rule}` },
  ...countColumns,
]

const subdirColumns: readonly Column<PolicyPreview['by_subdir'][number]>[] = [
  { label: 'Platform', isRowHeader: true, isWide: true, render: ({ subdir }) => subdir },
  ...countColumns,
]

function nameColumns(channel: string): readonly Column<NameChange>[] {
  return [
    {
      label: 'Package',
      isRowHeader: true,
      render: ({ name }) => <Link {...paths.package(channel, name)}>{name}</Link>,
    },
    ...countColumns,
    {
      label: 'Allowed afterwards',
      isWide: true,
      render: (row) =>
        row.none_left ? (
          <Tag tone="bad" icon="alert">
            Nothing left
          </Tag>
        ) : (
          remaining(row)
        ),
    },
    { label: 'Downloads, 30 days', isNumber: true, render: (row) => formatCount(row.downloads_30_days) },
    { label: 'By', render: ({ users }) => (users.length === 0 ? '–' : names(users)) },
  ]
}

function remaining({ remaining_versions: shown, remaining_count: count }: NameChange): string {
  if (count === 0) return 'nothing, as today'
  const rest = count - shown.length
  return shown.join(', ') + (rest > 0 ? ` and ${countOf(rest, 'older one')}` : '')
}
