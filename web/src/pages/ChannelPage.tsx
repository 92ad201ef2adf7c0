/** A channel: how clients use it, what of it they get, and the pages about its parts. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, Outlet, useMatches } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { permissionsQuery, useMay } from '../api/access-queries.ts'
import { channelQuery, fileCountsQuery, packageCountQuery } from '../api/queries.ts'
import { useIsSignedIn } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import type { Channel } from '../api/types.ts'
import { PrivacyTag } from '../components/PrivacyTag.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { SetUp } from '../components/SetUp.tsx'
import { useRefreshWhenDone } from '../components/use-refresh-when-done.ts'
import { KeptBackBar } from '../components/Verdict.tsx'
import { paths } from '../paths.ts'
import { Facts } from '../ui/Facts.tsx'
import { countOf, formatCount } from '../ui/format.ts'
import { PlainLink } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import { TabLinks } from '../ui/TabLinks.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(params: Readonly<Record<string, string>>): string {
  return params['channel'] ?? 'Channel'
}

export function load(queryClient: QueryClient, channel: string): void {
  startReading(queryClient, channelQuery(channel))
  startReading(queryClient, permissionsQuery(channel))
  startReading(queryClient, fileCountsQuery(channel))
}

const route = getRouteApi('/channels/$channel')

export function ChannelPage(): ReactNode {
  const { channel: name } = route.useParams()
  const channel = useQuery(channelQuery(name))
  const place = usePlace()
  const isSignedIn = useIsSignedIn()
  const may = useMay(name)
  useRefreshWhenDone(name, (channel.data?.stale_names ?? 0) > 0)
  return (
    <QueryView query={channel}>
      {(data) => (
        <>
          {(place === 'start' || place === 'tab') && <ChannelHead channel={data} />}
          {place === 'start' && <ChannelOverview channel={data} />}
          <TabLinks label={`Channel ${name}`}>
            <PlainLink
              {...paths.channel(name)}
              activeOptions={{ exact: true, includeSearch: false }}
              {...(place === 'package' && { 'aria-current': 'true' as const })}
            >
              Packages
            </PlainLink>
            <PlainLink {...paths.blocked(name)}>Blocked</PlainLink>
            <PlainLink {...paths.cves(name)}>CVEs</PlainLink>
            {data.channel_type === 'virtual' ? (
              <PlainLink {...paths.members(name)}>Members</PlainLink>
            ) : (
              may('channel.mirror:edit') && <PlainLink {...paths.mirrors(name)}>Mirrors</PlainLink>
            )}
            <PlainLink {...paths.channelPolicies(name)}>Policies</PlainLink>
            <PlainLink {...paths.history(name)}>History</PlainLink>
            {isSignedIn && <PlainLink {...paths.sharing(name)}>Sharing</PlainLink>}
            {may('service-account:view') && data.channel_type !== 'virtual' && (
              <PlainLink {...paths.trustRules(name)}>Trust rules</PlainLink>
            )}
            {(may('channel:edit') || may('channel:delete')) && (
              <PlainLink {...paths.channelSettings(name)}>Settings</PlainLink>
            )}
          </TabLinks>
          <Outlet />
        </>
      )}
    </QueryView>
  )
}

type Place = 'start' | 'tab' | 'package' | 'part'

/** A package, a mirror or a form has a head of its own: the channel's would push it out of sight. */
function usePlace(): Place {
  return useMatches({
    select: (matches): Place => {
      const last = matches.at(-1)
      if (last?.routeId === '/channels/$channel/') return 'start'
      const params: Readonly<Record<string, string>> = last?.params ?? {}
      if ('name' in params) return 'package'
      const isPart = 'mirror' in params || last?.routeId === '/channels/$channel/mirrors/new'
      return isPart ? 'part' : 'tab'
    },
  })
}

function ChannelHead({ channel }: { readonly channel: Channel }): ReactNode {
  const waiting = channel.stale_names ?? 0
  const lost = channel.lost_members?.length ?? 0
  return (
    <PageHead
      title={channel.path}
      tags={
        <>
          <PrivacyTag privacy={channel.privacy} />
          {channel.indexing_behavior === 'frozen' && (
            <Tag
              tone="wait"
              title="Clients get what it had then, until it is unfrozen; new content is prepared"
            >
              Frozen
            </Tag>
          )}
          {lost > 0 && (
            <Tag tone="bad" title="What came from it comes from nowhere until somebody decides: see Members">
              {countOf(lost, 'lost member')}
            </Tag>
          )}
          <span role="status">
            {waiting > 0 && (
              <Tag
                tone="wait"
                icon="clock"
                title="Policies, advisories or files changed; the next revision follows"
              >
                Deciding on {countOf(waiting, 'package')}
              </Tag>
            )}
          </span>
        </>
      }
      description={channel.description}
    />
  )
}

/** How much there is, how much of it clients get, and how they get it. */
function ChannelOverview({ channel }: { readonly channel: Channel }): ReactNode {
  const packages = useQuery(packageCountQuery(channel.path))
  const files = useQuery(fileCountsQuery(channel.path))
  return (
    <Card>
      <Facts
        items={[
          ['Packages', packages.data === undefined ? '–' : formatCount(packages.data)],
          ['Files', files.data === undefined ? '–' : formatCount(files.data.all)],
          ['Revision', formatCount(channel.revision)],
          ['Changed', <Time iso={channel.updated} />],
        ]}
      />
      {files.data !== undefined && files.data.all > 0 && (
        <KeptBackBar all={files.data.all} blocked={files.data.blocked} withLegend />
      )}
      <SetUp channel={channel.path} privacy={channel.privacy} />
    </Card>
  )
}
