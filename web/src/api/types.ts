/** What the REST interface answers, as the server says it in openapi.json: snake_case, as conda and the contract spell it. */
import type { Answer, Item } from '@terrarium/api/shapes.ts'

export interface Page<Item> {
  readonly total_count: number
  readonly items: readonly Item[]
}

export type Account = Answer<'GET /api/account'>

/** An identity provider to sign in with. */
export type IdentityProvider = Item<'GET /api/auth/providers'>

export const privacies = ['public', 'authenticated', 'private'] as const
export type Privacy = (typeof privacies)[number]

export type ChannelSource = NonNullable<Channel['sources']>[number]

/** A member of a virtual channel that was closed or deleted. */
export type LostMember = NonNullable<Channel['lost_members']>[number]

/** A virtual channel that a channel is a member of. */
export type Showing = Item<'GET /api/channels/{channel}/virtual-channels'>

/** What conda and pixi show to whoever uses a channel. */
export type ChannelNotice = Item<'GET /api/channels/{channel}/notices'>

/** Which member of a virtual channel a package comes from. */
export type Owner = Item<'GET /api/channels/{channel}/owners'>

/** A name, or a pattern of names, that a virtual channel takes from one member. */
export type Pin = Item<'GET /api/channels/{channel}/pins'>

/** What made a change: an upload with its file, a mirror run, an edited policy. */
export type Cause = Readonly<Record<string, unknown>> & { readonly kind: string }

export type Revision = Item<'GET /api/channels/{channel}/revisions'>

export type NameDifference = Item<'GET /api/channels/{channel}/revisions/{revision}/diff'>

export type Channel = Item<'GET /api/channels'>

export type Package = Item<'GET /api/channels/{channel}/artifacts'>

export const effects = ['allow', 'warn', 'hide', 'hold', 'deny', 'pending'] as const
/** What the policies say of a file; `pending` before the first publish. */
export type Effect = (typeof effects)[number]

export type Reason = PackageFile['reasons'][number]

export type PackageFile = Item<'GET /api/channels/{channel}/files'>

export type Explanation = Answer<'GET /api/channels/{channel}/explain/{subdir}/{filename}'>

export type DecisionChange = Item<'GET /api/channels/{channel}/explain/{subdir}/{filename}/history'>

/** A past decision made again. */
export type Replay = Answer<'GET /api/channels/{channel}/decisions/{change_id}'>

/** A CVE that concerns a version of a package. Advisories leave much open, so most of it can be absent. */
export type CveMatch = Item<'GET /api/channels/{channel}/cve-matches'>

export type MirrorFilters = Mirror['filters']

export type MirrorProgress = NonNullable<Mirror['progress']>

export type MirrorResult = NonNullable<Mirror['result']>

export type MirrorState = 'pending' | 'running' | 'completed' | 'failed' | 'stopped'

/** `passive` brings each file when somebody first asks for it. */
export type MirrorMode = 'active' | 'passive'

export type Mirror = Item<'GET /api/channels/{channel}/mirrors'>

export type Rejection = Item<'GET /api/channels/{channel}/mirrors/{mirrorId}/rejections'>

export type Policy = Item<'GET /api/policies'>

/** One thing wrong with a policy document; lines and columns count from 1. */
export interface PolicyFault {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly value?: string
  readonly message: string
  readonly suggestion?: string
}

export type UserDownloads = PolicyPreview['users'][number]

export type NameChange = PolicyPreview['names'][number]

/** What a policy would change in a channel. */
/** A policy that a channel is under. */
export type ChannelPolicy = Item<'GET /api/channels/{channel}/policies'>

export type PolicyPreview = Answer<'POST /api/channels/{channel}/policy-preview'>

/** How far the server is with what a preview waits for. */
export type PreviewProgress = Answer<'GET /api/channels/{channel}/policy-preview/progress'>

export type PolicyAssignment = Item<'GET /api/policies/{name}/assignments'>

export const exceptionStates = [
  'requested',
  'approved',
  'refused',
  'withdrawn',
  'revoked',
  'expired',
  'fixed',
] as const
export type ExceptionState = (typeof exceptionStates)[number]

/** What somebody asked to have lifted, and what became of it. */
export type PolicyException = Item<'GET /api/exceptions'>

/** One in force, with the risk it carries. */
export type ExceptionRisk = Item<'GET /api/exceptions/risks'>

export const cveStatuses = ['reported', 'active', 'mitigated', 'cleared', 'disputed'] as const
export type CveStatus = (typeof cveStatuses)[number]
export const severityBands = ['critical', 'high', 'medium', 'low', 'none', 'unscored'] as const
export type SeverityBand = (typeof severityBands)[number]

export type Cve = Item<'GET /api/cves'>

export type CveFile = Answer<'GET /api/cves/{cve_id}/files'>['packages'][number]

/** What somebody says a CVE is in some files. */
export type Curation = Item<'GET /api/cves/{cve_id}/statuses'>

export type CveChange = Item<'GET /api/cves/{cve_id}/history'>

export const queueKinds = ['undecided', 'indeterminate', 'proposed', 'outgrown', 'expiring'] as const
export type QueueKind = (typeof queueKinds)[number]

export type QueuedMatch = NonNullable<CveQueue['items'][number]['match']>

export type CveQueue = Answer<'GET /api/cve-queue'>
