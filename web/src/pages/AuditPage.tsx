/** The audit log: what changed trust, who did it, and what was before and after. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { verifyAuditLog } from '../api/access-actions.ts'
import { auditActionsQuery, auditQuery } from '../api/access-queries.ts'
import type { AuditEvent, ChainReport } from '../api/access-types.ts'
import { withQuery } from '../api/request.ts'
import { AccessTabs } from '../components/AccessTabs.tsx'
import { Changes } from '../components/Changes.tsx'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths, readListSearch, readText, toPaging, type ListSearch } from '../paths.ts'
import classes from '../forms/fields.module.css'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { countOf, formatDateTime } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export interface AuditSearch extends ListSearch {
  action?: string
  target?: string
  actor?: string
  /** Days, `2026-11-01`. */
  from?: string
  to?: string
}

export function crumb(): string {
  return 'Audit log'
}

export function readAuditSearch(search: Readonly<Record<string, unknown>>): AuditSearch {
  const { page } = readListSearch(search)
  const found: AuditSearch = { ...(page !== undefined && { page }) }
  for (const key of ['action', 'target', 'actor', 'from', 'to'] as const) {
    const text = readText(search[key])
    if (text !== undefined) found[key] = text
  }
  return found
}

const route = getRouteApi('/access/audit')

export function AuditPage(): ReactNode {
  const search = route.useSearch()
  const filter = withoutPage(search)
  const { offset, limit } = toPaging(search, LIMIT)
  const events = useQuery(auditQuery(toFilter(filter), { offset, limit }))
  const verify = useMutation({ mutationFn: verifyAuditLog })
  return (
    <>
      <PageHead
        title="Audit log"
        actions={
          <>
            <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
              Verify
            </Button>
            <ExportLinks filter={filter} />
          </>
        }
      />
      <AccessTabs>
        <FormProblem error={verify.error} />
        {verify.data && <Verified report={verify.data} />}
        <Card>
          <FilterForm key={JSON.stringify(filter)} filter={filter} />
        </Card>
        <QueryView query={events} skeletonRows={10}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title="No such events">
                {Object.keys(filter).length > 0 && <Link {...paths.audit()}>Show all</Link>}
              </Empty>
            ) : (
              <>
                <DataTable caption="Events" columns={columns} rows={page.items} rowKey={({ id }) => id} />
                <Pager page={page} search={search} limit={LIMIT} noun="event" />
              </>
            )
          }
        </QueryView>
      </AccessTabs>
    </>
  )
}

type Filter = Omit<AuditSearch, 'page' | 'q'>

function withoutPage(search: AuditSearch): Filter {
  const filter = { ...search }
  delete filter.page
  return filter
}

/** Days as people count them, from the first instant of one to the last of the other. */
function toFilter({ actor, from, to, ...rest }: Filter) {
  return {
    ...rest,
    ...(actor !== undefined && { actor_id: actor }),
    ...(isDay(from) && { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(isDay(to) && { to: new Date(`${to}T23:59:59.999`).toISOString() }),
  }
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && !Number.isNaN(Date.parse(`${text}T00:00:00`))
}

function ExportLinks({ filter }: { readonly filter: Filter }): ReactNode {
  return (
    <>
      {(['jsonl', 'csv'] as const).map((format) => (
        <Button
          key={format}
          component="a"
          variant="default"
          href={withQuery('/api/audit/export', { ...toFilter(filter), format })}
          download={`audit.${format}`}
        >
          Export {format === 'csv' ? 'CSV' : 'JSON lines'}
        </Button>
      ))}
    </>
  )
}

function Verified({ report }: { readonly report: ChainReport }): ReactNode {
  const isWhole = report.faults.length === 0
  return (
    <Notice
      tone={isWhole ? 'good' : 'bad'}
      title={isWhole ? 'The log is whole' : 'The log was tampered with'}
      role={isWhole ? 'status' : 'alert'}
    >
      <p>{countOf(report.events, 'event')} in the chain.</p>
      {report.faults.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
      <p>Note this head elsewhere; a log that was made anew as a whole does not hold it.</p>
      <CopyBlock text={`${report.head.seq}:${report.head.hash}`} label="the head of the log" />
    </Notice>
  )
}

function FilterForm({ filter }: { readonly filter: Filter }): ReactNode {
  const [form, setForm] = useState(filter)
  const navigate = route.useNavigate()
  const actions = useQuery(auditActionsQuery())
  const set = (change: Filter): void => setForm({ ...form, ...change })
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        void navigate({ search: readAuditSearch({ ...form }) })
      }}
    >
      <div className={classes.row}>
        <NativeSelect
          label="What happened"
          data={[{ value: '', label: 'anything' }, ...(actions.data ?? [])]}
          value={form.action ?? ''}
          onChange={(event) => set({ action: event.currentTarget.value })}
        />
        <TextInput
          label="To what"
          description="A channel finds what lies in it"
          maxLength={200}
          autoComplete="off"
          value={form.target ?? ''}
          onChange={(event) => set({ target: event.currentTarget.value })}
        />
        <TextInput
          label="From"
          type="date"
          value={form.from ?? ''}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
        <TextInput
          label="To"
          type="date"
          value={form.to ?? ''}
          onChange={(event) => set({ to: event.currentTarget.value })}
        />
      </div>
      <Button type="submit" variant="default" mt="md">
        Show
      </Button>
      {form.actor !== undefined && (
        <p>
          Of one account only. <Link {...paths.audit()}>Show everybody</Link>
        </p>
      )}
    </form>
  )
}

const columns: readonly Column<AuditEvent>[] = [
  {
    label: 'What',
    isRowHeader: true,
    render: ({ action, seq }) => (
      <>
        {action}
        {seq !== null && <small> #{seq}</small>}
      </>
    ),
  },
  {
    label: 'When',
    render: ({ at }) => <Time iso={at} />,
  },
  {
    label: 'Who',
    render: ({ actor_name: name, actor_id: id }) => who(name, id),
  },
  { label: 'To what', isWide: true, render: ({ target }) => target },
  { label: 'From', render: ({ address }) => address ?? '–' },
  {
    label: 'More',
    isWide: true,
    render: (event) => (
      <details>
        <summary>{formatDateTime(event.at)}</summary>
        <Changes before={event.before} after={event.after} />
        <Changes before={null} after={event.details} title="Details" />
        <p>
          <small>
            Request {event.request_id ?? '–'}; token or session {event.credential_id ?? '–'}
          </small>
        </p>
      </details>
    ),
  },
]

function who(name: string | null, id: string | null): ReactNode {
  if (id === null) return name ?? 'nobody'
  return <Link {...paths.audit({ actor: id })}>{name ?? id}</Link>
}
