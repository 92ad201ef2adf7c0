import { Button, Group } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AdvisoryImport, Source } from '../api/source-types.ts'
import { importsQuery, pauseSource, refreshSource, sourcesQuery } from '../api/sources.ts'
import { startReading } from '../api/start-reading.ts'
import { ImportDecisionForm } from '../components/ImportDecisionForm.tsx'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useCall } from '../components/use-call.ts'
import { toPaging, type ListSearch } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { formatCount } from '../ui/format.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { Section } from '../ui/Section.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import type { Tone } from '../ui/tone.ts'

const LIMIT = 20

export function crumb(): string {
  return 'Sources'
}

export function load(queryClient: QueryClient, search: ListSearch): void {
  startReading(queryClient, sourcesQuery())
  startReading(queryClient, importsQuery(toPaging(search, LIMIT)))
}

const route = getRouteApi('/sources')

export function SourcesPage(): ReactNode {
  const search = route.useSearch()
  const sources = useQuery(sourcesQuery())
  const imports = useQuery(importsQuery(toPaging(search, LIMIT)))
  return (
    <>
      <PageHead
        title="Sources"
        description="Where advisories, KEV and EPSS come from, how old each is, and what they brought."
      />
      <QueryView query={sources}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No sources yet">
              Advisories are what somebody sent. Add a source with <code>terrarium source add kev</code>.
            </Empty>
          ) : (
            <DataTable
              caption="Sources"
              columns={sourceColumns}
              rows={page.items}
              rowKey={(row) => row.source_id}
            />
          )
        }
      </QueryView>
      <Section title="Imports">
        <QueryView query={imports}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title="Nothing came in yet">
                What a source brings, or somebody sends, is listed here.
              </Empty>
            ) : (
              <>
                <DataTable
                  caption="Imports"
                  columns={importColumns}
                  rows={page.items}
                  rowKey={(row) => row.import_id}
                />
                <Pager page={page} search={search} limit={LIMIT} noun="import" />
              </>
            )
          }
        </QueryView>
      </Section>
    </>
  )
}

const ageTones: Readonly<Record<Source['age'], Tone>> = {
  fresh: 'good',
  aging: 'notice',
  old: 'wait',
  stale: 'bad',
  never: 'none',
}

const sourceColumns: readonly Column<Source>[] = [
  { label: 'Source', isRowHeader: true, render: ({ name, licence }) => <span title={licence}>{name}</span> },
  { label: 'Age', isShort: true, render: ({ age }) => <Tag tone={ageTones[age]}>{age}</Tag> },
  {
    label: 'As of',
    isShort: true,
    render: (row) => (row.current_at ? <Time iso={row.current_at} /> : 'never'),
  },
  {
    label: 'Last look',
    isWide: true,
    render: (row) => (
      <>
        {row.result ?? 'none yet'} {row.attempted_at && <Time iso={row.attempted_at} />}
        {row.message && <div>{row.message}</div>}
      </>
    ),
  },
  { label: 'Next look', isShort: true, render: (row) => nextLook(row) },
  { label: 'Actions', render: (row) => <SourceActions source={row} /> },
]

function nextLook(source: Source): ReactNode {
  if (source.paused) return 'paused'
  if (source.held_import_id !== null) return 'after approval'
  return source.next_refresh_at === null ? 'by file' : <Time iso={source.next_refresh_at} />
}

function SourceActions({ source }: { readonly source: Source }): ReactNode {
  const refresh = useCall(refreshSource, ['sources'])
  const pause = useCall(pauseSource, ['sources'])
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        {source.next_refresh_at !== null && (
          <Button
            size="compact-sm"
            variant="default"
            loading={refresh.isPending}
            aria-label={`Refresh the source ${source.name} now`}
            onClick={() => refresh.mutate(source.source_id)}
          >
            Refresh
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          loading={pause.isPending}
          aria-label={`${source.paused ? 'Resume' : 'Pause'} the source ${source.name}`}
          onClick={() => pause.mutate(source)}
        >
          {source.paused ? 'Resume' : 'Pause'}
        </Button>
      </Group>
      <FormProblem error={refresh.error ?? pause.error} />
    </>
  )
}

const stateTones: Readonly<Record<AdvisoryImport['state'], Tone>> = {
  active: 'good',
  held: 'wait',
  staging: 'muted',
  rolled_back: 'notice',
  discarded: 'none',
}

const importColumns: readonly Column<AdvisoryImport>[] = [
  { label: 'File', isRowHeader: true, render: ({ filename }) => filename },
  { label: 'Source', render: ({ source }) => source },
  { label: 'When', isShort: true, render: (row) => <Time iso={row.imported_at} /> },
  {
    label: 'State',
    isShort: true,
    render: ({ state }) => <Tag tone={stateTones[state]}>{state.replace('_', ' ')}</Tag>,
  },
  { label: 'New', isNumber: true, render: (row) => formatCount(row.new) },
  { label: 'Changed', isNumber: true, render: (row) => formatCount(row.changed) },
  { label: 'Not readable', isNumber: true, render: (row) => formatCount(row.skipped) },
  { label: 'What it changes', isWide: true, render: (row) => <Effects of={row} /> },
]

function Effects({ of }: { readonly of: AdvisoryImport }): ReactNode {
  const effects = Object.entries(of.effects).map(
    ([change, count]) => `${formatCount(count)} ${change.replaceAll('_', ' ')}`,
  )
  return (
    <>
      <div>{effects.length === 0 ? 'nothing that channels have' : effects.join(', ')}</div>
      {of.findings.map(({ code, message }) => (
        <div key={code}>Held: {message}.</div>
      ))}
      <ImportDecisionForm of={of} />
    </>
  )
}
