/** One CVE: what is known of it, what people say, the files it concerns, and what changed. */
import { TextInput } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { cveFilesQuery, cveHistoryQuery, cveStatusesQuery } from '../api/cve-queries.ts'
import { useIsSignedIn } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import type { Cve, CveChange, CveFile } from '../api/types.ts'
import { Curations } from '../components/Curations.tsx'
import { KevTag, percent, StatusTag, StatusTags } from '../components/CveTags.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { SeverityTag } from '../components/SeverityTag.tsx'
import { SetStatusForm } from '../forms/set-status.tsx'
import { endOfDay, paths, toPaging, type CvePageSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(params: Readonly<Record<string, string>>): string {
  return params['cve'] ?? 'CVE'
}

export function load(queryClient: QueryClient, cve: string, search: CvePageSearch): void {
  startReading(queryClient, cveFilesQuery(cve, pagingOf(search)))
  startReading(queryClient, cveStatusesQuery(cve, pagingOf(search).at))
}

function pagingOf(search: CvePageSearch): { offset: number; limit: number; at: string | undefined } {
  const { offset, limit } = toPaging(search, LIMIT)
  return { offset, limit, at: endOfDay(search.day, new Date()) }
}

const route = getRouteApi('/cves/$cve')

export function CvePage(): ReactNode {
  const { cve: id } = route.useParams()
  const search = route.useSearch()
  const isSignedIn = useIsSignedIn()
  const found = useQuery(cveFilesQuery(id, pagingOf(search)))
  const { at } = pagingOf(search)
  const said = useQuery(cveStatusesQuery(id, at))
  return (
    <QueryView query={found}>
      {(cve) => (
        <>
          <PageHead
            title={cve.id}
            tags={
              <>
                <SeverityTag score={cve.score} severity={cve.severity} />
                {cve.kev && <KevTag />}
              </>
            }
            description={cve.description}
          />
          <Card>
            <Facts items={factsOf(cve)} />
          </Card>
          <DayPicker day={search.day} />
          {at !== undefined && (
            <Notice role="status" tone="notice" title={`As it was known on ${search.day ?? ''}`}>
              What matched and whose word held at the end of that day, of files that are here today and were
              here then. Scores are those of today.
            </Notice>
          )}
          {said.data && said.data.items.length > 0 && (
            <Section title="What people say">
              <Curations items={said.data.items} />
            </Section>
          )}
          <Section title="Files it concerns">
            {cve.packages.length === 0 ? (
              <Empty title="None of the files you may see" />
            ) : (
              <>
                <DataTable
                  caption="Files"
                  columns={fileColumns}
                  rows={cve.packages}
                  rowKey={(file) => `${channelOf(file)}/${file.ckey}`}
                />
                <Pager
                  page={{ total_count: cve.total_count, items: cve.packages }}
                  search={search}
                  limit={LIMIT}
                  noun="file"
                />
              </>
            )}
          </Section>
          {isSignedIn && at === undefined && cve.packages.length > 0 && (
            <Section title="Say what it is">
              <Card>
                <SetStatusForm
                  key={cve.id}
                  cve={cve.id}
                  packages={[...new Set(cve.packages.map((file) => file.common_name))]}
                />
              </Card>
            </Section>
          )}
          <History cve={cve.id} />
        </>
      )}
    </QueryView>
  )
}

/** Goes to another day; an empty field is today. */
function DayPicker({ day }: { readonly day: string | undefined }): ReactNode {
  const navigate = route.useNavigate()
  return (
    <TextInput
      label="As it was known on"
      type="date"
      maw={220}
      mt="md"
      max={new Date().toISOString().slice(0, 10)}
      value={day ?? ''}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        void navigate({ search: chosen === '' ? {} : { day: chosen }, replace: true })
      }}
    />
  )
}

function channelOf({ channel_name: name, parent_channel_name: parent }: CveFile): string {
  return parent === null ? name : `${parent}/${name}`
}

function factsOf(cve: Cve): (readonly [string, ReactNode])[] {
  return [
    ['Also known as', cve.aliases.join(', ') || '–'],
    ...cve.scores.map(
      ({ source, score, vector }) =>
        [`Score of ${source}`, `${score ?? 'none'}${vector === null ? '' : ` (${vector})`}`] as const,
    ),
    [
      'EPSS',
      cve.epss
        ? `${percent(cve.epss.probability)}, higher than ${percent(cve.epss.percentile)} of all`
        : 'not known',
    ],
    [
      'Exploited',
      cve.kev ? (
        <>
          since <Time iso={cve.kev.added_at} />, says CISA
        </>
      ) : (
        'not in the list of CISA'
      ),
    ],
    ['Published', cve.published_at === null ? 'not known' : <Time iso={cve.published_at} />],
    ['Files', cve.packages_count === 0 ? 'none' : <StatusTags statuses={cve.statuses} />],
  ]
}

const fileColumns: readonly Column<CveFile>[] = [
  {
    label: 'File',
    isRowHeader: true,
    render: (file) => <Link {...paths.file(channelOf(file), file.common_name, file.ckey)}>{file.ckey}</Link>,
  },
  { label: 'Channel', render: (file) => <Link {...paths.channel(channelOf(file))}>{channelOf(file)}</Link> },
  { label: 'Status', render: ({ cve_status: status }) => <StatusTag status={status} /> },
  { label: 'Sure', isNumber: true, render: ({ confidence }) => percent(confidence) },
  { label: 'Why it matched', isWide: true, render: ({ why }) => why },
]

function History({ cve }: { readonly cve: string }): ReactNode {
  const history = useQuery(cveHistoryQuery(cve))
  if (!history.data || history.data.items.length === 0) return null
  return (
    <Section title="What changed">
      <DataTable
        caption="History"
        columns={historyColumns}
        rows={history.data.items}
        rowKey={({ at, kind, curation }) => `${at} ${kind} ${curation?.id ?? ''}`}
      />
    </Section>
  )
}

const historyColumns: readonly Column<CveChange>[] = [
  { label: 'When', isRowHeader: true, render: ({ at }) => <Time iso={at} /> },
  {
    label: 'What',
    isWide: true,
    render: ({ kind, curation, old_score: old, new_score: fresh, note }) =>
      curation
        ? `${curation.status} in ${curation.scope}: ${kind.replace('_', ' ')}${note === null ? '' : ` (${note})`}`
        : kind === 'scored'
          ? `Score ${old ?? 'none'} → ${fresh ?? 'none'}`
          : `The advisory was ${kind}${kind === 'added' && fresh !== null ? ` with the score ${fresh}` : ''}`,
  },
  { label: 'By', render: ({ by, curation }) => by ?? (curation ? 'time' : 'an import') },
]
