import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Mirror, MirrorProgress, MirrorResult } from '../api/types.ts'
import { isUnderWay } from '../api/queries.ts'
import { countOf, formatBytes, formatCount, formatDuration, percentOf } from '../ui/format.ts'
import type { IconName } from '../ui/icons.tsx'
import { ProgressBar } from '../ui/ProgressBar.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'

const states = {
  waiting: { word: 'Waiting to start', tone: 'wait', icon: 'clock' },
  pending: { word: 'Never run', tone: 'none', icon: 'dots' },
  running: { word: 'Running', tone: 'wait', icon: 'play' },
  completed: { word: 'Completed', tone: 'good', icon: 'check' },
  failed: { word: 'Failed', tone: 'bad', icon: 'alert' },
  stopped: { word: 'Stopped', tone: 'muted', icon: 'stop' },
} satisfies Record<string, { word: string; tone: Tone; icon: IconName }>

export function MirrorStateTag({ mirror }: { readonly mirror: Mirror }): ReactNode {
  const isWaiting = mirror.state === 'pending' && isUnderWay(mirror)
  const { word, tone, icon } = states[isWaiting ? 'waiting' : mirror.state]
  return (
    <Tag tone={tone} icon={icon}>
      {word}
    </Tag>
  )
}

/** How far a run is, or how the last one ended. */
export function MirrorStatus({ mirror }: { readonly mirror: Mirror }): ReactNode {
  if (mirror.state === 'running') return <RunningStatus progress={mirror.progress} />
  if (isUnderWay(mirror)) return <ProgressBar label="Progress" percent={undefined} text="waiting to start" />
  return (
    <div>
      {mirror.cause && (
        <Text size="sm" c="var(--bad-ink)" style={{ whiteSpace: 'pre-wrap' }}>
          {mirror.cause}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        {mirror.last_run_at === null ? (
          'It has not run yet.'
        ) : (
          <>
            Last run <Time iso={mirror.last_run_at} />
            {mirror.result && `: ${describeResult(mirror.result)}`}
          </>
        )}
      </Text>
    </div>
  )
}

function RunningStatus({ progress }: { readonly progress: MirrorProgress | null }): ReactNode {
  if (!progress) return <ProgressBar label="Progress" percent={undefined} text="started" />
  const percent = percentDone(progress)
  const text = describeProgress(progress)
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={550} style={{ textTransform: 'capitalize' }}>
          {progress.step}
        </Text>
        {percent !== undefined && <Text size="sm">{percent} %</Text>}
      </Group>
      <ProgressBar label="Progress" percent={percent} text={text} />
      <Text size="sm" c="dimmed" mt={6}>
        {text}
      </Text>
      {progress.current_file && (
        <Text size="xs" c="dimmed" truncate>
          {progress.current_file}
        </Text>
      )}
    </div>
  )
}

/** By bytes where they are known: files differ too much in size. */
function percentDone(progress: MirrorProgress): number | undefined {
  if (progress.bytes_total > 0) return percentOf(progress.bytes_done, progress.bytes_total)
  return progress.files_total > 0 ? percentOf(progress.files_done, progress.files_total) : undefined
}

function describeProgress(progress: MirrorProgress): string {
  if (progress.files_total === 0) return 'counting what is to do'
  return [
    `${formatCount(progress.files_done)} of ${countOf(progress.files_total, 'file')}`,
    `${formatBytes(progress.bytes_done)} of ${formatBytes(progress.bytes_total)}`,
    ...(progress.bytes_per_second > 0 ? [`${formatBytes(progress.bytes_per_second)}/s`] : []),
    ...(progress.seconds_remaining !== null && progress.bytes_per_second > 0
      ? [`${formatDuration(progress.seconds_remaining)} left`]
      : []),
    ...(progress.rejected > 0 ? [`${formatCount(progress.rejected)} rejected`] : []),
  ].join(' · ')
}

function describeResult(result: MirrorResult): string {
  const parts = [
    [result.added, 'added'],
    [result.renewed, 'renewed'],
    [result.removed, 'removed'],
    [result.unchanged, 'unchanged'],
    [result.filtered, 'filtered out'],
    [result.rejected, 'rejected'],
  ] as const
  const shown = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`)
  return `${shown.length > 0 ? shown.join(', ') : 'nothing to do'}; ${formatBytes(result.bytes)} transferred`
}
