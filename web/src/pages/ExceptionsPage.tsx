/** Exceptions that were asked for, and the risk that those in force carry. */
import { NativeSelect, Text } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { exceptionRisksQuery, exceptionsQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import { exceptionStates, type ExceptionRisk, type PolicyException } from '../api/types.ts'
import { ExceptionTag, scopeText, stateWord } from '../components/ExceptionScope.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { paths, toPaging, type ExceptionSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { countOf, formatCount } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50
const RISKS = 20

export function crumb(): string {
  return 'Exceptions'
}

export function load(queryClient: QueryClient, search: ExceptionSearch): void {
  startReading(queryClient, exceptionsQuery(toQuery(search)))
}

function toQuery(search: ExceptionSearch): Parameters<typeof exceptionsQuery>[0] {
  const { offset, limit } = toPaging(search, LIMIT)
  return { offset, limit, channel: search.channel, state: search.state }
}

const route = getRouteApi('/exceptions')

export function ExceptionsPage(): ReactNode {
  const { channel } = route.useSearch()
  return (
    <>
      <PageHead
        title={channel === undefined ? 'Exceptions' : `Exceptions of ${channel}`}
        description="What policies block and somebody may have all the same, for a reason and until a day. Who asked never decides."
      />
      <RequireSignIn>
        <Risks />
        <List />
      </RequireSignIn>
    </>
  )
}

function Risks(): ReactNode {
  const { channel } = route.useSearch()
  const risks = useQuery(exceptionRisksQuery({ offset: 0, limit: RISKS, channel }))
  if (!risks.data || risks.data.items.length === 0) return null
  return (
    <Section title="The risk of those in force">
      <DataTable
        caption="Risk of exceptions in force"
        columns={riskColumns}
        rows={risks.data.items}
        rowKey={({ id }) => id}
      />
      {risks.data.total_count > RISKS && (
        <Text size="sm" c="dimmed">
          The newest {RISKS} of {formatCount(risks.data.total_count)}; all of them:{' '}
          <code>terrarium exception risks</code>.
        </Text>
      )}
    </Section>
  )
}

function List(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const exceptions = useQuery(exceptionsQuery(toQuery(search)))
  return (
    <Section
      title="All that were asked for"
      actions={
        <NativeSelect
          aria-label="Which ones"
          size="xs"
          data={[
            { value: '', label: 'All' },
            ...exceptionStates.map((state) => ({ value: state, label: stateWord(state) })),
          ]}
          value={search.state ?? ''}
          onChange={(event) => {
            const state = exceptionStates.find((one) => one === event.currentTarget.value)
            const { channel } = search
            void navigate({
              search: { ...(channel !== undefined && { channel }), ...(state && { state }) },
              replace: true,
            })
          }}
        />
      }
    >
      <QueryView query={exceptions}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="None">
              Whoever is blocked finds the way to ask in the message of the download, and on the page of the
              file.
            </Empty>
          ) : (
            <>
              <DataTable caption="Exceptions" columns={columns} rows={page.items} rowKey={({ id }) => id} />
              <Pager page={page} search={search} limit={LIMIT} noun="exception" />
            </>
          )
        }
      </QueryView>
    </Section>
  )
}

const scopeColumn: Column<PolicyException> = {
  label: 'For',
  isRowHeader: true,
  isWide: true,
  render: (one) => <Link {...paths.exception(one.id)}>{scopeText(one)}</Link>,
}
const channelColumn: Column<PolicyException> = {
  label: 'Channel',
  render: ({ channel }) => <Link {...paths.channel(channel)}>{channel}</Link>,
}
const endColumn: Column<PolicyException> = {
  label: 'Ends',
  render: ({ expires_at: ends }) => (ends === null ? 'never' : <Time iso={ends} />),
}

const columns: readonly Column<PolicyException>[] = [
  scopeColumn,
  channelColumn,
  { label: 'State', render: ({ state }) => <ExceptionTag state={state} /> },
  { label: 'CVEs', render: ({ cves }) => cves.join(', ') || '–' },
  { label: 'By', render: ({ requested_by_name: name }) => name },
  { label: 'Asked', render: ({ requested_at: asked }) => <Time iso={asked} /> },
  endColumn,
]

const riskColumns: readonly Column<ExceptionRisk>[] = [
  scopeColumn,
  channelColumn,
  {
    label: 'Highest score',
    isNumber: true,
    render: ({ cves, risk }) => (cves.length === 0 ? '–' : (risk.highest_score?.toFixed(1) ?? 'not scored')),
  },
  {
    label: 'Exploited',
    render: ({ risk }) => (risk.kev ? <Tag tone="bad">Known to be</Tag> : 'not known'),
  },
  {
    label: 'EPSS',
    isNumber: true,
    render: ({ risk }) => (risk.highest_epss === null ? '–' : `${(risk.highest_epss * 100).toFixed(1)} %`),
  },
  { label: 'Had since', render: ({ risk }) => countOf(risk.downloads_since_granted, 'time') },
  endColumn,
]
