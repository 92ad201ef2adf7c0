/** Every known CVE of what is in the channels one may see. */
import { Group, NativeSelect } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { allCvesQuery } from '../api/cve-queries.ts'
import { useIsSignedIn } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import { cveStatuses, severityBands, type Cve } from '../api/types.ts'
import { KevTag, percent, StatusTags } from '../components/CveTags.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { SeverityTag } from '../components/SeverityTag.tsx'
import { paths, readCveSearch, toPaging, type CveSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { LongText } from '../ui/LongText.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'CVEs'
}

function toQuery({ severity, status, kev, ...search }: CveSearch): Parameters<typeof allCvesQuery>[0] {
  return { ...toPaging(search, LIMIT), severity, status, kev }
}

export function load(queryClient: QueryClient, search: CveSearch): void {
  startReading(queryClient, allCvesQuery(toQuery(search)))
}

const route = getRouteApi('/cves')

/** As the fields have them: empty for no filter. */
type Filters = Partial<Record<'q' | 'severity' | 'status', string> & { kev: boolean }>

export function AllCvesPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const isSignedIn = useIsSignedIn()
  const cves = useQuery(allCvesQuery(toQuery(search)))
  // another filter begins at its first page
  const change = (filters: Filters): void =>
    void navigate({ search: readCveSearch({ ...search, page: undefined, ...filters }), replace: true })
  return (
    <>
      <PageHead
        title="CVEs"
        description="Known vulnerabilities of what is in the channels you may see, the gravest first."
        actions={
          <>
            <ButtonLink {...paths.identities()}>Upstream</ButtonLink>
            {isSignedIn && <ButtonLink {...paths.review()}>Review</ButtonLink>}
          </>
        }
      />
      <Group align="end" gap="sm">
        <SearchBox label="Search CVEs" value={search.q ?? ''} onSearch={(q) => change({ q })} />
        <NativeSelect
          aria-label="Severity"
          data={[{ value: '', label: 'Every severity' }, ...severityBands]}
          value={search.severity ?? ''}
          onChange={(event) => change({ severity: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Status"
          data={[{ value: '', label: 'Every status' }, ...cveStatuses]}
          value={search.status ?? ''}
          onChange={(event) => change({ status: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Exploited"
          data={[
            { value: '', label: 'Exploited or not' },
            { value: 'true', label: 'Exploited (KEV)' },
          ]}
          value={search.kev ? 'true' : ''}
          onChange={(event) => change({ kev: event.currentTarget.value === 'true' })}
        />
      </Group>
      <QueryView query={cves}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No known CVE fits">That holds for the advisories that this server has read.</Empty>
          ) : (
            <>
              <DataTable caption="CVEs" columns={columns} rows={page.items} rowKey={({ id }) => id} />
              <Pager page={page} search={search} limit={LIMIT} noun="CVE" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

const columns: readonly Column<Cve>[] = [
  {
    label: 'CVE',
    isRowHeader: true,
    isShort: true,
    render: ({ id }) => <Link {...paths.cve(id)}>{id}</Link>,
  },
  {
    label: 'Severity',
    render: ({ score, severity, kev }) => (
      <Group gap={4}>
        <SeverityTag score={score} severity={severity} />
        {kev && <KevTag />}
      </Group>
    ),
  },
  { label: 'EPSS', isNumber: true, render: ({ epss }) => (epss ? percent(epss.probability) : '–') },
  { label: 'Files', isNumber: true, render: ({ packages_count: count }) => formatCount(count) },
  { label: 'Status', render: ({ statuses }) => <StatusTags statuses={statuses} /> },
  {
    label: 'What it is',
    isWide: true,
    render: ({ description }) => (description === '' ? '–' : <LongText text={description} />),
  },
]
