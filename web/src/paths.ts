/** Every link of the interface, and what stands behind the question mark of an address. */

import {
  cveStatuses,
  exceptionStates,
  queueKinds,
  severityBands,
  type CveStatus,
  type ExceptionState,
  type QueueKind,
  type SeverityBand,
} from './api/types.ts'

export const paths = {
  channels: () => ({ to: '/channels' }) as const,
  newChannel: () => ({ to: '/new/channel' }) as const,
  channel: (channel: string) => ({ to: '/channels/$channel', params: { channel } }) as const,
  package: (channel: string, name: string) =>
    ({ to: '/channels/$channel/packages/$name', params: { channel, name } }) as const,
  /** The page of a package with one of its files opened. */
  file: (channel: string, name: string, file: string) =>
    ({ to: '/channels/$channel/packages/$name', params: { channel, name }, search: { file } }) as const,
  blocked: (channel: string) => ({ to: '/channels/$channel/blocked', params: { channel } }) as const,
  cves: (channel: string) => ({ to: '/channels/$channel/cves', params: { channel } }) as const,
  allCves: () => ({ to: '/cves' }) as const,
  cve: (cve: string) => ({ to: '/cves/$cve', params: { cve } }) as const,
  review: () => ({ to: '/review' }) as const,
  identities: () => ({ to: '/identities' }) as const,
  identity: (name: string) => ({ to: '/identities/$name', params: { name } }) as const,
  mirrors: (channel: string) => ({ to: '/channels/$channel/mirrors', params: { channel } }) as const,
  newMirror: (channel: string) => ({ to: '/channels/$channel/mirrors/new', params: { channel } }) as const,
  mirror: (channel: string, mirror: string) =>
    ({ to: '/channels/$channel/mirrors/$mirror', params: { channel, mirror } }) as const,
  history: (channel: string) => ({ to: '/channels/$channel/history', params: { channel } }) as const,
  /** The history with what one revision changed. @param page of the history, from 1 */
  revision: (channel: string, revision: number, page?: number) =>
    ({
      to: '/channels/$channel/history',
      params: { channel },
      search: { revision, ...(page !== undefined && { page }) },
    }) as const,
  members: (channel: string) => ({ to: '/channels/$channel/members', params: { channel } }) as const,
  channelPolicies: (channel: string) => ({ to: '/channels/$channel/policies', params: { channel } }) as const,
  exceptions: (channel?: string) =>
    ({ to: '/exceptions', search: channel === undefined ? {} : { channel } }) as const,
  exception: (exception: string) => ({ to: '/exceptions/$exception', params: { exception } }) as const,
  /** @param file `subdir/filename`, of what is asked for */
  newException: (channel: string, file?: string) =>
    ({ to: '/new/exception', search: { channel, ...(file !== undefined && { file }) } }) as const,
  sharing: (channel: string) => ({ to: '/channels/$channel/sharing', params: { channel } }) as const,
  channelSettings: (channel: string) => ({ to: '/channels/$channel/settings', params: { channel } }) as const,
  trustRules: (channel: string) => ({ to: '/channels/$channel/trust-rules', params: { channel } }) as const,
  people: () => ({ to: '/access/people' }) as const,
  person: (person: string) => ({ to: '/access/people/$person', params: { person } }) as const,
  invitations: () => ({ to: '/access/invitations' }) as const,
  groups: () => ({ to: '/access/groups' }) as const,
  group: (group: string) => ({ to: '/access/groups/$group', params: { group } }) as const,
  roles: () => ({ to: '/access/roles' }) as const,
  newRole: () => ({ to: '/new/role' }) as const,
  role: (role: string) => ({ to: '/access/roles/$role', params: { role } }) as const,
  serviceAccounts: () => ({ to: '/access/service-accounts' }) as const,
  serviceAccount: (account: string) =>
    ({ to: '/access/service-accounts/$account', params: { account } }) as const,
  /** The audit log: all of it, or what one account did. */
  audit: (search: { actor?: string } = {}) => ({ to: '/access/audit', search }) as const,
  policies: () => ({ to: '/policies' }) as const,
  trustedKeys: () => ({ to: '/trusted-keys' }) as const,
  sources: () => ({ to: '/sources' }) as const,
  newPolicy: () => ({ to: '/new/policy' }) as const,
  policy: (policy: string) => ({ to: '/policies/$policy', params: { policy } }) as const,
  editPolicy: (policy: string) => ({ to: '/policies/$policy/edit', params: { policy } }) as const,
  system: () => ({ to: '/system' }) as const,
  account: () => ({ to: '/account/tokens' }) as const,
  security: () => ({ to: '/account/security' }) as const,
  invitation: () => ({ to: '/invitation' }) as const,
  /** @param from where to come back to; left out on the sign-in page itself */
  signIn: (from?: string) =>
    ({ to: '/sign-in', search: from === undefined ? {} : { from: returnPath(from) } }) as const,
}

/** Where the server sends the browser to an identity provider, which sends it back to `from`. */
export function signInWithAddress(authorizePath: string, from: unknown): string {
  return `${authorizePath}&return_to=${encodeURIComponent(returnPath(from))}`
}

/** Address of a channel for conda clients. @param origin `https://conda.example.org` */
export function channelUrl(origin: string, channel: string): string {
  return `${origin}/api/repo/${inAddress(channel)}`
}

/** The same with a place for a token, as conda takes it. */
export function channelUrlWithToken(origin: string, channel: string, token: string): string {
  return `${origin}/t/${token}/api/repo/${inAddress(channel)}`
}

/** The slash of a subchannel stays one. */
function inAddress(channel: string): string {
  return channel.split('/').map(encodeURIComponent).join('/')
}

/** A page of ours to go back to, or the start for anything that could lead elsewhere. */
export function returnPath(from: unknown): string {
  // `//evil.example` and `/\evil.example` are addresses of other servers to a browser
  const isOurs = typeof from === 'string' && /^\/(?![/\\])[^\p{Cc}\\]*$/u.test(from)
  return isOurs && !from.startsWith('/sign-in') ? from : '/channels'
}

export interface ListSearch {
  q?: string
  /** From 1; absent for the first. */
  page?: number
}

const MAX_PAGE_NUMBER = 100_000

/** Reads what somebody may have typed into the address; what makes no sense is left out. */
export function readListSearch(search: Readonly<Record<string, unknown>>): ListSearch {
  const q = readText(search['q'])
  const page = readPage(search['page'])
  return { ...(q !== undefined && { q }), ...(page !== undefined && { page }) }
}

/** Undefined for the first. */
export function readPage(value: unknown): number | undefined {
  const page = Number(value)
  return Number.isInteger(page) && page > 1 && page <= MAX_PAGE_NUMBER ? page : undefined
}

/** A word for the address; a number there was a word made of digits. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value).trim().slice(0, 200)
  return text === '' ? undefined : text
}

/** The part of a list that a page of it shows, as the REST interface wants it. */
export function toPaging(
  search: ListSearch,
  limit: number,
): { q: string | undefined; offset: number; limit: number } {
  return { q: search.q, offset: ((search.page ?? 1) - 1) * limit, limit }
}

export interface ExceptionSearch extends ListSearch {
  channel?: string
  state?: ExceptionState
}

export function readExceptionSearch(search: Readonly<Record<string, unknown>>): ExceptionSearch {
  const { page } = readListSearch(search)
  const channel = readText(search['channel'])
  const state = exceptionStates.find((one) => one === search['state'])
  return {
    ...(page !== undefined && { page }),
    ...(channel !== undefined && { channel }),
    ...(state !== undefined && { state }),
  }
}

export interface CveSearch extends ListSearch {
  severity?: SeverityBand
  status?: CveStatus
  kev?: true
}

export function readCveSearch(search: Readonly<Record<string, unknown>>): CveSearch {
  const severity = severityBands.find((one) => one === search['severity'])
  const status = cveStatuses.find((one) => one === search['status'])
  return {
    ...readListSearch(search),
    ...(severity && { severity }),
    ...(status && { status }),
    ...(search['kev'] === true && { kev: true }),
  }
}

/** Of one CVE: a page of its files, as it was known at the end of a day. */
export interface CvePageSearch extends ListSearch {
  /** `2026-11-01`; absent for now. */
  day?: string
}

export function readCvePageSearch(search: Readonly<Record<string, unknown>>): CvePageSearch {
  const { page } = readListSearch(search)
  const day = readText(search['day'])
  return { ...(page !== undefined && { page }), ...(isDay(day) && { day }) }
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** The last second of a day, or now where that is to come. @param now of the clock here */
export function endOfDay(day: string | undefined, now: Date): string | undefined {
  if (day === undefined || day >= now.toISOString().slice(0, 10)) return undefined
  return `${day}T23:59:59Z`
}

export interface IdentitySearch extends ListSearch {
  /** Only names that nobody has linked. */
  unmapped?: true
}

export function readIdentitySearch(search: Readonly<Record<string, unknown>>): IdentitySearch {
  return { ...readListSearch(search), ...(search['unmapped'] === true && { unmapped: true as const }) }
}

export interface QueueSearch extends ListSearch {
  kind?: QueueKind
}

export function readQueueSearch(search: Readonly<Record<string, unknown>>): QueueSearch {
  const { page } = readListSearch(search)
  const kind = queueKinds.find((one) => one === search['kind'])
  return { ...(page !== undefined && { page }), ...(kind && { kind }) }
}
