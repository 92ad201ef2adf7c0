import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { cvesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { CveMatch } from '../api/types.ts'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { SeverityTag } from '../components/SeverityTag.tsx'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { LongText } from '../ui/LongText.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Tag } from '../ui/Tag.tsx'
import classes from './CvesPage.module.css'

const LIMIT = 50

export function crumb(): string {
  return 'CVEs'
}

export function load(queryClient: QueryClient, channel: string, search: ListSearch): void {
  startReading(queryClient, cvesQuery(channel, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/cves')

/** What a policy asks of a match that says nothing else; docs/POLICIES.md. */
const USUALLY_ENOUGH = 0.8

export function CvesPage(): ReactNode {
  const { channel } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const cves = useQuery(cvesQuery(channel, toPaging(search, LIMIT)))
  return (
    <>
      <SearchBox
        label="Search packages and CVEs"
        value={search.q ?? ''}
        onSearch={(q) => void navigate({ search: q === '' ? {} : { q }, replace: true })}
      />
      <QueryView query={cves}>
        {(page) =>
          page.items.length === 0 ? (
            <NoCves search={search} />
          ) : (
            <>
              <DataTable
                caption="CVEs"
                columns={columnsFor(channel)}
                rows={page.items}
                rowKey={(match) => `${match.package}/${match.version}/${match.cve}`}
              />
              <Pager page={page} search={search} limit={LIMIT} noun="match" plural="matches" />
            </>
          )
        }
      </QueryView>
    </>
  )
}

function NoCves({ search }: { readonly search: ListSearch }): ReactNode {
  if (search.q !== undefined) return <Empty title={`Nothing here has “${search.q}” in its name`} />
  if (search.page !== undefined) return <Empty title="This page of the list is empty" />
  return (
    <Empty title="No known CVE concerns a package of this channel">
      That holds for the advisories that this server has read.
    </Empty>
  )
}

function columnsFor(channel: string): readonly Column<CveMatch>[] {
  return [
    {
      label: 'CVE',
      isRowHeader: true,
      render: ({ cve }) => (
        <Link {...paths.cve(cve)} className={classes.id}>
          {cve}
        </Link>
      ),
    },
    {
      label: 'Package',
      render: (match) => (
        <>
          <Link {...paths.package(channel, match.package)}>{match.package}</Link> {match.version}
        </>
      ),
    },
    { label: 'Severity', render: ({ score, severity }) => <SeverityTag score={score} severity={severity} /> },
    {
      label: 'Fixed in',
      render: ({ fixed_in: fixed }) => (fixed ? [fixed].flat().join(', ') : '') || 'not known',
    },
    { label: 'Here', render: (match) => <Here {...match} /> },
    {
      label: 'What it is, and why it counts',
      isWide: true,
      render: (match) => (
        <div className={classes.words}>
          {match.summary && (
            <p>
              <LongText text={match.summary} />
            </p>
          )}
          <p className={classes.why}>
            {match.confidence < USUALLY_ENOUGH &&
              `A weak match (${Math.round(match.confidence * 100)} %), which policies pass over unless they ask for it. `}
            {match.verdict === 'indeterminate' && 'May concern this version. '}
            {match.statuses?.includes('disputed') && 'Disputed. '}
            {match.why}
          </p>
        </div>
      ),
    },
  ]
}

/** Whether clients get what the match concerns. */
function Here({ file_count: all, blocked_count: blocked }: CveMatch): ReactNode {
  if (blocked === 0) {
    return (
      <Tag tone="notice" icon="alert">
        Offered
      </Tag>
    )
  }
  return (
    <Tag tone="bad" icon="stop">
      {blocked === all ? 'Blocked' : `${blocked} of ${all} files blocked`}
    </Tag>
  )
}
