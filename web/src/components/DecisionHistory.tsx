/** What was decided of a file over time, and each of those decisions made again from the facts of its day. */
import { Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { decisionHistoryQuery, replayQuery } from '../api/queries.ts'
import type { DecisionChange, Replay } from '../api/types.ts'
import { paths } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Link } from '../ui/Link.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'
import { QueryView } from './QueryView.tsx'
import { Reasons, VerdictTag } from './Verdict.tsx'

interface Place {
  readonly channel: string
  readonly subdir: string
  readonly filename: string
}

/** Nothing for a file that was never anything but allowed. */
export function DecisionHistory(place: Place): ReactNode {
  const history = useQuery(decisionHistoryQuery(place.channel, place.subdir, place.filename))
  if (!history.data || history.data.items.length === 0) return null
  const { items, total_count: total } = history.data
  return (
    <details>
      <summary>How it was decided</summary>
      <DataTable
        caption="Decisions so far"
        columns={columnsOf(place.channel)}
        rows={items}
        rowKey={({ id }) => id}
      />
      {total > items.length && (
        <Text size="sm" c="dimmed">
          The newest {items.length} of {total}.
        </Text>
      )}
    </details>
  )
}

function columnsOf(channel: string): readonly Column<DecisionChange>[] {
  return [
    { label: 'Since', isRowHeader: true, render: ({ at }) => <Time iso={at} /> },
    { label: 'Verdict', render: ({ after }) => <VerdictTag effect={after} /> },
    {
      label: 'Revision',
      render: ({ revision }) => <Link {...paths.revision(channel, revision)}>{revision}</Link>,
    },
    { label: 'Why', isWide: true, render: ({ decision }) => <Reasons reasons={decision?.reasons ?? []} /> },
    { label: 'Made again', isWide: true, render: ({ id }) => <MadeAgain channel={channel} change={id} /> },
  ]
}

function MadeAgain({ channel, change }: { readonly channel: string; readonly change: string }): ReactNode {
  const [isAsked, setAsked] = useState(false)
  const replay = useQuery({ ...replayQuery(channel, change), enabled: isAsked })
  if (!isAsked) {
    return (
      <Button variant="default" size="compact-sm" onClick={() => setAsked(true)}>
        Decide it again
      </Button>
    )
  }
  return (
    <QueryView query={replay} skeletonRows={1}>
      {(found) => <Outcome replay={found} />}
    </QueryView>
  )
}

const outcomes = {
  same: { word: 'The same', tone: 'good' },
  different: { word: 'Different', tone: 'bad' },
  damaged: { word: 'Damaged', tone: 'bad' },
  not_kept: { word: 'Facts not kept', tone: 'muted' },
} satisfies Record<Replay['outcome'], { readonly word: string; readonly tone: Tone }>

function Outcome({ replay }: { readonly replay: Replay }): ReactNode {
  const { word, tone } = outcomes[replay.outcome]
  return (
    <>
      <div>
        <Tag tone={tone}>{word}</Tag>
      </div>
      {replay.problem !== null && <Text size="sm">{replay.problem}</Text>}
      {replay.differences.map(({ path, recorded, replayed }) => (
        <Text size="sm" key={path}>
          {path}: <del>{recorded}</del> <ins>{replayed}</ins>
        </Text>
      ))}
      {replay.facts && <MadeFrom replay={replay} facts={replay.facts} />}
    </>
  )
}

function MadeFrom(props: {
  readonly replay: Replay
  readonly facts: NonNullable<Replay['facts']>
}): ReactNode {
  const { policies, decided_at: at } = props.replay
  const { licence, vulnerabilities, origin } = props.facts
  const cves = vulnerabilities.map(({ id, score }) => (score === null ? id : `${id} (${score})`))
  return (
    <Text size="sm" c="dimmed">
      {at !== null && (
        <>
          As of <Time iso={at} />;{' '}
        </>
      )}
      policies: {policies.length === 0 ? 'none' : policies.map(nameOf).join(', ')}; licence:{' '}
      {licence ?? 'not stated'}; came by {origin.kind} {origin.name}; vulnerabilities:{' '}
      {cves.length === 0 ? 'none' : cves.join(', ')}
    </Text>
  )
}

function nameOf({ policy, version, mode, exceptions }: Replay['policies'][number]): string {
  const granted = exceptions.length === 0 ? '' : `, exceptions granted: ${exceptions.length}`
  return `${policy} version ${version}${mode === 'audit' ? ', on trial' : ''}${granted}`
}
