/** What waits for a curator. */
import { NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { queueQuery } from '../api/cve-queries.ts'
import { startReading } from '../api/start-reading.ts'
import { queueKinds, type QueuedMatch, type QueueKind } from '../api/types.ts'
import { Curations } from '../components/Curations.tsx'
import { KevTag, percent } from '../components/CveTags.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { SeverityTag } from '../components/SeverityTag.tsx'
import { paths, toPaging, type QueueSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'

const LIMIT = 50

const words: Readonly<Record<QueueKind, string>> = {
  undecided: 'Nobody has looked',
  indeterminate: 'Nobody can tell',
  proposed: 'Proposed',
  outgrown: 'Graver than when one person decided',
  expiring: 'Ends soon',
}

export function crumb(): string {
  return 'Review'
}

export function load(queryClient: QueryClient, search: QueueSearch): void {
  startReading(queryClient, queueQuery(toQuery(search)))
}

function toQuery(search: QueueSearch): Parameters<typeof queueQuery>[0] {
  const { offset, limit } = toPaging(search, LIMIT)
  return { offset, limit, kind: search.kind ?? 'undecided' }
}

const route = getRouteApi('/review')

export function ReviewPage(): ReactNode {
  return (
    <>
      <PageHead
        title="Review"
        description="What waits for a curator: what is in use first, then what is exploited, then by score."
      />
      <RequireSignIn>
        <Queue />
      </RequireSignIn>
    </>
  )
}

function Queue(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const queue = useQuery(queueQuery(toQuery(search)))
  const counts = queue.data?.counts
  return (
    <>
      <NativeSelect
        aria-label="What waits"
        w="fit-content"
        data={queueKinds.map((kind) => ({
          value: kind,
          label: counts ? `${words[kind]} (${formatCount(counts[kind])})` : words[kind],
        }))}
        value={search.kind ?? 'undecided'}
        onChange={(event) => {
          const kind = queueKinds.find((one) => one === event.currentTarget.value)
          void navigate({ search: kind ? { kind } : {}, replace: true })
        }}
      />
      <QueryView query={queue}>
        {(page) => {
          const matches = page.items.flatMap(({ match }) => match ?? [])
          const curations = page.items.flatMap(({ curation }) => curation ?? [])
          if (page.items.length === 0) return <Empty title="Nothing waits" />
          return (
            <>
              {curations.length > 0 ? (
                <Curations items={curations} withCve />
              ) : (
                <DataTable
                  caption="What waits"
                  columns={columns}
                  rows={matches}
                  rowKey={(match) => `${match.package} ${match.cve}`}
                />
              )}
              <Pager page={page} search={search} limit={LIMIT} noun="entry" plural="entries" />
            </>
          )
        }}
      </QueryView>
    </>
  )
}

const columns: readonly Column<QueuedMatch>[] = [
  {
    label: 'CVE',
    isRowHeader: true,
    isShort: true,
    render: ({ cve }) => <Link {...paths.cve(cve)}>{cve}</Link>,
  },
  { label: 'Package', render: (match) => match.package },
  {
    label: 'Severity',
    render: ({ score, severity, kev }) => (
      <>
        <SeverityTag score={score} severity={severity} /> {kev && <KevTag />}
      </>
    ),
  },
  { label: 'EPSS', isNumber: true, render: ({ epss }) => (epss === null ? '–' : percent(epss)) },
  { label: 'Downloads', isNumber: true, render: ({ downloads }) => formatCount(downloads) },
  { label: 'Files', isNumber: true, render: ({ files_count: files }) => formatCount(files) },
  { label: 'Sure', isNumber: true, render: ({ confidence }) => percent(confidence) },
  { label: 'Why it matched', isWide: true, render: ({ why }) => why },
]
