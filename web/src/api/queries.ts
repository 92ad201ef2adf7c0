/** What the pages read, each with the key it is kept under. A key starts with the channel where it has one. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { apiPath, request } from './request.ts'
import type {
  Channel,
  ChannelNotice,
  ChannelPolicy,
  CveMatch,
  DecisionChange,
  ExceptionRisk,
  ExceptionState,
  Explanation,
  IdentityProvider,
  Mirror,
  NameDifference,
  Owner,
  Package,
  PackageFile,
  Page,
  Policy,
  PolicyAssignment,
  PolicyException,
  PolicyPreview,
  PreviewProgress,
  Rejection,
  Replay,
  Revision,
  Pin,
  Showing,
} from './types.ts'

export interface Paging {
  readonly offset: number
  readonly limit: number
}

export interface Search extends Paging {
  readonly q?: string | undefined
}

const POLL_MS = 1_000
const MAX_LIMIT = 1_000
/** Beyond this a package page would show what nobody reads. */
const MAX_FILES = 5_000

export function identityProvidersQuery() {
  return queryOptions({
    queryKey: ['identity-providers'],
    queryFn: async ({ signal }) => {
      const { items } = await request<{ items: readonly IdentityProvider[] }>('/api/auth/providers', {
        signal,
      })
      return items
    },
  })
}

export function channelsQuery(search: Search) {
  return queryOptions({
    queryKey: ['channels', search],
    queryFn: ({ signal }) =>
      request<Page<Channel>>('/api/channels', {
        query: { ...search, include_subchannels: true },
        signal,
      }),
    placeholderData: keepPreviousData,
  })
}

export function channelQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel],
    queryFn: ({ signal }) => request<Channel>(apiPath('channels', channel), { signal }),
    // until clients see all of it
    refetchInterval: ({ state: { data } }) =>
      data && ((data.stale_names ?? 0) > 0 || data.rendered_revision < data.revision) ? POLL_MS : false,
  })
}

export function revisionsQuery(channel: string, paging: Paging) {
  return queryOptions({
    queryKey: ['channel', channel, 'revisions', paging],
    queryFn: ({ signal }) =>
      request<Page<Revision>>(apiPath('channels', channel, 'revisions'), { query: { ...paging }, signal }),
    placeholderData: keepPreviousData,
  })
}

/** What differs in a revision. @param from what it is compared with; the one before when undefined */
export function differenceQuery(channel: string, revision: number, from: string | undefined, paging: Paging) {
  return queryOptions({
    queryKey: ['channel', channel, 'revisions', revision, 'diff', from, paging],
    queryFn: ({ signal }) =>
      request<Page<NameDifference> & { readonly from: number; readonly to: number }>(
        apiPath('channels', channel, 'revisions', String(revision), 'diff'),
        { query: { ...paging, from }, signal },
      ),
    placeholderData: keepPreviousData,
  })
}

/** Virtual channels that a channel is a member of. */
export function showingsQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'virtual-channels'],
    queryFn: ({ signal }) =>
      request<Page<Showing>>(apiPath('channels', channel, 'virtual-channels'), {
        query: { limit: 100 },
        signal,
      }),
  })
}

/** As many as a channel can have. */
export function noticesQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'notices'],
    queryFn: ({ signal }) =>
      request<Page<ChannelNotice>>(apiPath('channels', channel, 'notices'), {
        query: { limit: 100 },
        signal,
      }),
  })
}

export function subchannelsQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'subchannels'],
    queryFn: ({ signal }) =>
      request<Page<Channel>>(apiPath('channels', channel, 'subchannels'), { query: { limit: 100 }, signal }),
  })
}

/** At most a page of them: patterns are few, and a name's own pin stands with the name too. */
export function pinsQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'pins'],
    queryFn: ({ signal }) =>
      request<Page<Pin>>(apiPath('channels', channel, 'pins'), { query: { limit: 100 }, signal }),
  })
}

export function ownersQuery(channel: string, search: Search) {
  return queryOptions({
    queryKey: ['channel', channel, 'owners', search],
    queryFn: ({ signal }) =>
      request<Page<Owner>>(apiPath('channels', channel, 'owners'), { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function packagesQuery(channel: string, search: Search) {
  return queryOptions({
    queryKey: ['channel', channel, 'packages', search],
    queryFn: ({ signal }) =>
      request<Page<Package>>(apiPath('channels', channel, 'artifacts'), { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

/** How many packages a channel has, without asking for them. */
export function packageCountQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'packages', 'count'],
    queryFn: async ({ signal }) => {
      const path = apiPath('channels', channel, 'artifacts')
      return (await request<Page<Package>>(path, { query: { limit: 1 }, signal })).total_count
    },
  })
}

/** How many files a channel has, and how many of them policies keep from clients. */
export function fileCountsQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'files', 'counts'],
    queryFn: async ({ signal }) => {
      const path = apiPath('channels', channel, 'files')
      const [all, blocked] = await Promise.all([
        request<Page<PackageFile>>(path, { query: { limit: 1 }, signal }),
        request<Page<PackageFile>>(path, { query: { limit: 1, blocked: true }, signal }),
      ])
      return { all: all.total_count, blocked: blocked.total_count }
    },
  })
}

export function blockedFilesQuery(channel: string, search: Search) {
  return queryOptions({
    queryKey: ['channel', channel, 'files', 'blocked', search],
    queryFn: ({ signal }) =>
      request<Page<PackageFile>>(apiPath('channels', channel, 'files'), {
        query: { blocked: true, ...search },
        signal,
      }),
    placeholderData: keepPreviousData,
  })
}

/** All files of a package, up to a bound, so that versions can be ordered and verdicts counted. */
export function packageFilesQuery(channel: string, name: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'packages', 'files', name],
    queryFn: async ({ signal }): Promise<Page<PackageFile>> => {
      const path = apiPath('channels', channel, 'artifacts', 'conda', name, 'files')
      const items: PackageFile[] = []
      for (;;) {
        const query = { offset: items.length, limit: MAX_LIMIT }
        const page = await request<Page<PackageFile>>(path, { query, signal })
        items.push(...page.items)
        const isLast = page.items.length < MAX_LIMIT || items.length >= Math.min(page.total_count, MAX_FILES)
        if (isLast) return { total_count: page.total_count, items }
      }
    },
  })
}

export function explanationQuery(channel: string, subdir: string, filename: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'explanation', subdir, filename],
    queryFn: ({ signal }) =>
      request<Explanation>(apiPath('channels', channel, 'explain', subdir, filename), { signal }),
  })
}

const SHOWN_CHANGES = 50

export function decisionHistoryQuery(channel: string, subdir: string, filename: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'explanation', subdir, filename, 'history'],
    queryFn: ({ signal }) =>
      request<Page<DecisionChange>>(apiPath('channels', channel, 'explain', subdir, filename, 'history'), {
        query: { limit: SHOWN_CHANGES },
        signal,
      }),
  })
}

/** What is past stays as it was: asked once. */
export function replayQuery(channel: string, change: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'replay', change],
    queryFn: ({ signal }) => request<Replay>(apiPath('channels', channel, 'decisions', change), { signal }),
    staleTime: Infinity,
  })
}

export function cvesQuery(channel: string, search: Search) {
  return queryOptions({
    queryKey: ['channel', channel, 'cves', search],
    queryFn: ({ signal }) =>
      request<Page<CveMatch>>(apiPath('channels', channel, 'cve-matches'), { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function isUnderWay(mirror: Pick<Mirror, 'state' | 'job_id'>): boolean {
  return mirror.state === 'running' || (mirror.state === 'pending' && mirror.job_id !== null)
}

export function mirrorsQuery(channel: string, paging: Paging) {
  return queryOptions({
    queryKey: ['channel', channel, 'mirrors', 'list', paging],
    queryFn: ({ signal }) =>
      request<Page<Mirror>>(apiPath('channels', channel, 'mirrors'), { query: { ...paging }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? POLL_MS : false),
  })
}

export function mirrorQuery(channel: string, mirrorId: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'mirrors', 'one', mirrorId],
    queryFn: ({ signal }) => request<Mirror>(apiPath('channels', channel, 'mirrors', mirrorId), { signal }),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? POLL_MS : false),
  })
}

export function rejectionsQuery(channel: string, mirrorId: string, paging: Paging) {
  return queryOptions({
    queryKey: ['channel', channel, 'mirrors', 'rejections', mirrorId, paging],
    queryFn: ({ signal }) =>
      request<Page<Rejection>>(apiPath('channels', channel, 'mirrors', mirrorId, 'rejections'), {
        query: { ...paging },
        signal,
      }),
    placeholderData: keepPreviousData,
  })
}

export function policiesQuery(paging: Paging) {
  return queryOptions({
    queryKey: ['policies', paging],
    queryFn: ({ signal }) => request<Page<Policy>>('/api/policies', { query: { ...paging }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function policyQuery(name: string) {
  return queryOptions({
    queryKey: ['policy', name],
    queryFn: ({ signal }) => request<Policy>(apiPath('policies', name), { signal }),
  })
}

export function channelPoliciesQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'policies'],
    queryFn: ({ signal }) =>
      request<Page<ChannelPolicy>>(apiPath('channels', channel, 'policies'), {
        query: { limit: MAX_LIMIT },
        signal,
      }),
  })
}

/** Where a policy holds. */
export function policyAssignmentsQuery(name: string) {
  return queryOptions({
    queryKey: ['policy', name, 'assignments'],
    queryFn: ({ signal }) =>
      request<Page<PolicyAssignment>>(apiPath('policies', name, 'assignments'), {
        query: { limit: MAX_LIMIT },
        signal,
      }),
  })
}

const PREVIEW_NAMES = 100

/** What a text would change in a channel; reading it changes nothing. The last answer stays until the next is there. */
export function policyPreviewQuery(channel: string, body: { document: string; filename: string }) {
  return queryOptions({
    queryKey: ['channel', channel, 'preview', body],
    queryFn: ({ signal }) =>
      request<PolicyPreview>(apiPath('channels', channel, 'policy-preview'), {
        method: 'POST',
        body: { ...body, names: PREVIEW_NAMES },
        signal,
      }),
    enabled: channel !== '' && body.document.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
}

/** While a preview is waited for: of a large channel that changed a moment ago it may take seconds. */
export function previewProgressQuery(channel: string, isWaiting: boolean) {
  return queryOptions({
    queryKey: ['channel', channel, 'preview-progress'],
    queryFn: ({ signal }) =>
      request<PreviewProgress>(apiPath('channels', channel, 'policy-preview', 'progress'), { signal }),
    enabled: channel !== '' && isWaiting,
    refetchInterval: POLL_MS,
    retry: false,
    gcTime: 0,
  })
}

/** All for those who oversee them, one's own for others; of one channel, all for those who decide there. */
export function exceptionsQuery(
  search: Paging & { channel?: string | undefined; state?: ExceptionState | undefined },
) {
  const { channel, ...query } = search
  const path = channel === undefined ? '/api/exceptions' : apiPath('channels', channel, 'exceptions')
  return queryOptions({
    queryKey: ['exceptions', search],
    queryFn: ({ signal }) => request<Page<PolicyException>>(path, { query, signal }),
    placeholderData: keepPreviousData,
  })
}

/** Those in force, with the risk they carry. */
export function exceptionRisksQuery(search: Paging & { channel?: string | undefined }) {
  return queryOptions({
    queryKey: ['exceptions', 'risks', search],
    queryFn: ({ signal }) =>
      request<Page<ExceptionRisk>>('/api/exceptions/risks', { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function exceptionQuery(id: string) {
  return queryOptions({
    queryKey: ['exceptions', 'one', id],
    queryFn: ({ signal }) => request<PolicyException>(apiPath('exceptions', id), { signal }),
  })
}
