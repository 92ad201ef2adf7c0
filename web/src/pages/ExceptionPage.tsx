/** One exception: what was asked, why, and the decision about it. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { exceptionQuery } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import type { PolicyException } from '../api/types.ts'
import { ExceptionTag, scopeText } from '../components/ExceptionScope.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { DecideExceptionForm } from '../forms/decide-exception.tsx'
import { paths } from '../paths.ts'
import { Facts } from '../ui/Facts.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Exception'
}

export function load(queryClient: QueryClient, id: string): void {
  startReading(queryClient, exceptionQuery(id))
}

const route = getRouteApi('/exceptions/$exception')

export function ExceptionPage(): ReactNode {
  const { exception: id } = route.useParams()
  const exception = useQuery(exceptionQuery(id))
  const account = useSession()
  return (
    <QueryView query={exception}>
      {(data) => (
        <>
          <PageHead
            title={data.kind === 'release' ? 'Release from a hold' : 'Exception'}
            tags={<ExceptionTag state={data.state} />}
            description={`For ${scopeText(data)}`}
          />
          <Card>
            <Facts items={factsOf(data)} />
          </Card>
          {account && <DecideExceptionForm exception={data} isOwn={data.requested_by === account.user_id} />}
        </>
      )}
    </QueryView>
  )
}

function factsOf(data: PolicyException): (readonly [string, ReactNode])[] {
  return [
    ['Channel', <Link {...paths.channel(data.channel)}>{data.channel}</Link>],
    ['Lifts', data.lifts.map(liftText).join('; ') || 'nothing'],
    ['Why', data.reason],
    ['Done instead', data.compensating_control ?? 'nothing was said'],
    [
      'Asked',
      <>
        by {data.requested_by_name}, <Time iso={data.requested_at} />
      </>,
    ],
    ['Ends', data.expires_at === null ? 'never' : <Time iso={data.expires_at} />],
    [
      'When a fix is allowed',
      data.until_fixed && data.cves.length > 0 ? 'it ends early' : 'it goes on until its end',
    ],
    ...(data.decided_at === null
      ? []
      : ([
          [
            'Decided',
            <>
              by {data.decided_by_name}, <Time iso={data.decided_at} />
            </>,
          ],
        ] as const)),
    ...(data.decision_note === null ? [] : ([['Note', data.decision_note]] as const)),
    ...(data.end_cause === null ? [] : ([['Ended because', data.end_cause]] as const)),
  ]
}

function liftText({ policy, rule, cves }: PolicyException['lifts'][number]): string {
  const what = rule === null ? `all rules of ${policy}` : `rule ${rule} of ${policy}`
  return cves === null ? what : `${what}, for ${cves.join(', ')} only`
}
