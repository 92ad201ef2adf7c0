import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { isUnderWay, mirrorsQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Mirror } from '../api/types.ts'
import { MirrorActions } from '../components/MirrorActions.tsx'
import { MirrorStateTag, MirrorStatus } from '../components/MirrorStatus.tsx'
import { Pager } from '../components/Pager.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useRefreshWhenDone } from '../components/use-refresh-when-done.ts'
import { paths, toPaging, type ListSearch } from '../paths.ts'
import { Empty } from '../ui/Empty.tsx'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import classes from './MirrorsPage.module.css'

const LIMIT = 20

export function crumb(): string {
  return 'Mirrors'
}

export function load(queryClient: QueryClient, channel: string, search: ListSearch): void {
  startReading(queryClient, mirrorsQuery(channel, toPaging(search, LIMIT)))
}

const route = getRouteApi('/channels/$channel/mirrors')

export function MirrorsPage(): ReactNode {
  const { channel } = route.useParams()
  const search = route.useSearch()
  const mirrors = useQuery(mirrorsQuery(channel, toPaging(search, LIMIT)))
  useRefreshWhenDone(channel, mirrors.data?.items.some(isUnderWay) ?? false)
  return (
    <QueryView query={mirrors}>
      {(page) => (
        <>
          {page.items.length === 0 ? (
            <Empty title="No mirrors">
              A mirror fills this channel from an upstream one and keeps it current.
            </Empty>
          ) : (
            <ul className={classes.list}>
              {page.items.map((mirror) => (
                <MirrorItem key={mirror.mirror_id} channel={channel} mirror={mirror} />
              ))}
            </ul>
          )}
          <div>
            <ButtonLink {...paths.newMirror(channel)} leftSection={<Icon name="plus" />}>
              New mirror
            </ButtonLink>
          </div>
          {page.total_count > LIMIT && <Pager page={page} search={search} limit={LIMIT} noun="mirror" />}
        </>
      )}
    </QueryView>
  )
}

function MirrorItem({ channel, mirror }: { readonly channel: string; readonly mirror: Mirror }): ReactNode {
  return (
    <li className={classes.item}>
      <div className={classes.head}>
        <div className={classes.name}>
          <Link {...paths.mirror(channel, mirror.mirror_id)} fw={600}>
            {mirror.mirror_name}
          </Link>
          <MirrorStateTag mirror={mirror} />
        </div>
        <MirrorActions channel={channel} mirror={mirror} />
      </div>
      <code className={classes.source}>{mirror.source_root}</code>
      <MirrorStatus mirror={mirror} />
    </li>
  )
}
