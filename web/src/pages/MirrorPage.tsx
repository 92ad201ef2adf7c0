import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deleteMirror } from '../api/actions.ts'
import { isUnderWay, mirrorQuery, rejectionsQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Mirror, MirrorFilters, Rejection } from '../api/types.ts'
import { MirrorActions } from '../components/MirrorActions.tsx'
import { MirrorStateTag, MirrorStatus } from '../components/MirrorStatus.tsx'
import { Pager } from '../components/Pager.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useRefreshWhenDone } from '../components/use-refresh-when-done.ts'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

const LIMIT = 50

export function crumb(): string {
  return 'Mirror'
}

export function load(queryClient: QueryClient, channel: string, mirror: string, search: ListSearch): void {
  startReading(queryClient, mirrorQuery(channel, mirror))
  startReading(queryClient, rejectionsQuery(channel, mirror, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/mirrors/$mirror')

export function MirrorPage(): ReactNode {
  const { channel, mirror: mirrorId } = route.useParams()
  const search = route.useSearch()
  const mirror = useQuery(mirrorQuery(channel, mirrorId))
  useRefreshWhenDone(channel, mirror.data !== undefined && isUnderWay(mirror.data))
  return (
    <QueryView query={mirror}>
      {(data) => (
        <>
          <PageHead
            title={data.mirror_name}
            tags={<MirrorStateTag mirror={data} />}
            actions={<MirrorActions channel={channel} mirror={data} />}
          />
          <Card>
            <MirrorStatus mirror={data} />
            <Facts
              items={[
                ['Upstream', <code>{data.source_root}</code>],
                ...describeMode(data),
                ...describeFilters(data.filters),
                ...describePolicy(data),
                ...describeSchedule(data),
                ['Created', <Time iso={data.created_at} />],
              ]}
            />
          </Card>
          <Rejections channel={channel} mirrorId={mirrorId} search={search} />
          <DeleteMirror channel={channel} mirror={data} />
        </>
      )}
    </QueryView>
  )
}

function describeMode({ mirror_mode: mode }: Mirror): [string, ReactNode][] {
  return mode === 'passive' ? [['Passive', 'fetches a file when somebody first asks for it']] : []
}

function describeSchedule({ cron, next_run_at: next }: Mirror): [string, ReactNode][] {
  if (cron === null || next === null) return []
  return [
    ['Schedule (UTC)', <code>{cron}</code>],
    ['Next run', <Time iso={next} />],
  ]
}

function describeFilters(filters: MirrorFilters): [string, ReactNode][] {
  const lists = [
    ['Subdirs', filters.subdirs],
    ['Only', filters.only_specs],
    ['Not', filters.exclude_specs],
    ['Yet these', filters.include_specs],
    ['Only with licences', filters.include_licenses],
    ['Not with licences', filters.exclude_licenses],
    ['Scores that do not count', filters.cve_score_exceptions],
    ['Not with CVEs that are', filters.exclude_cve_statuses],
  ] as const
  const shown = lists.flatMap(([name, list]): [string, ReactNode][] =>
    list && list.length > 0 ? [[name, list.join('; ')]] : [],
  )
  const { cve_score_threshold: score, date_from: from, date_to: to } = filters
  const when = (condition: boolean | undefined, name: string, value: ReactNode): [string, ReactNode][] =>
    condition ? [[name, value]] : []
  return [
    ...shown,
    ...when(filters.include_dependencies, 'Dependencies of these', 'come too'),
    ...when(score !== undefined, 'Not with a CVE that scores', `higher than ${score ?? ''}`),
    ...when(filters.exclude_non_curated_cve, 'CVEs that nobody has examined', 'keep a file out'),
    ...when(from !== undefined, 'Not built before', from),
    ...when(to !== undefined, 'Not built after', to),
    ...when(filters.only_signed, 'Unsigned packages', 'left out'),
    ...when(filters.dedupe_conda_legacy, '.tar.bz2 with a .conda twin', 'left out'),
  ]
}

/** The policy that the judging filters are. */
function describePolicy({ filter_policy: policy, filter_notes: notes }: Mirror): [string, ReactNode][] {
  if (policy === null) return []
  const about = notes.length > 0 && <p>{notes.join('. ')}.</p>
  return [
    [
      'Applied by the policy',
      <>
        <Link {...paths.policy(policy)}>{policy}</Link>
        {about}
      </>,
    ],
  ]
}

interface RejectionsProps {
  readonly channel: string
  readonly mirrorId: string
  readonly search: ListSearch
}

function Rejections({ channel, mirrorId, search }: RejectionsProps): ReactNode {
  const rejections = useQuery(rejectionsQuery(channel, mirrorId, toPaging(search, LIMIT)))
  return (
    <Section title="What the last run did not take">
      <QueryView query={rejections} skeletonRows={2}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nothing was rejected" />
          ) : (
            <>
              <DataTable
                caption="Rejected files"
                columns={columns}
                rows={page.items}
                rowKey={({ subdir, filename, code }) => `${subdir}/${filename}/${code}`}
              />
              <Pager page={page} search={search} limit={LIMIT} noun="rejection" />
            </>
          )
        }
      </QueryView>
    </Section>
  )
}

const columns: readonly Column<Rejection>[] = [
  { label: 'File', isRowHeader: true, render: ({ subdir, filename }) => `${subdir}/${filename}` },
  { label: 'Code', render: ({ code }) => <code>{code}</code> },
  { label: 'Why', isWide: true, render: ({ message }) => message },
]

function DeleteMirror({ channel, mirror }: { readonly channel: string; readonly mirror: Mirror }): ReactNode {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deleteMirror(channel, mirror.mirror_id),
    onSuccess: async () => {
      await navigate(paths.mirrors(channel))
      queryClient.removeQueries({ queryKey: ['channel', channel, 'mirrors', 'one', mirror.mirror_id] })
      await queryClient.invalidateQueries({ queryKey: ['channel', channel] })
    },
  })
  return (
    <Section title="Delete this mirror">
      <p>
        The rule goes, with the policies that hold for it; the packages that it brought stay in the channel,
        but for those that such a policy blocks.
      </p>
      <FormProblem error={remove.error} />
      <div>
        <ConfirmButton
          label="Delete the mirror"
          description={`Delete the mirror ${mirror.mirror_name}`}
          confirmLabel="Delete it"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate()}
        />
      </div>
    </Section>
  )
}
