/** What people can change through the interface: one function for each call. */
import { apiPath, request } from './request.ts'
import type {
  Channel,
  ChannelNotice,
  Mirror,
  MirrorFilters,
  MirrorMode,
  Policy,
  PolicyException,
  Privacy,
} from './types.ts'

export function signIn(body: { username: string; password: string; code?: string }): Promise<unknown> {
  return request('/api/auth/session', { method: 'POST', body })
}

/** A subchannel, when the name is `channel/name`. */
export function createChannel(body: {
  name: string
  description: string
  privacy: Privacy
  channel_type: Channel['channel_type']
}): Promise<Channel> {
  const [parent = '', ...rest] = body.name.split('/')
  return rest.length === 0
    ? request('/api/channels', { method: 'POST', body })
    : request(apiPath('channels', parent, 'subchannels'), {
        method: 'POST',
        body: { ...body, name: rest.join('/') },
      })
}

export interface NewMirror {
  readonly mirror_name: string
  readonly source_root: string
  readonly filters: MirrorFilters
  readonly mirror_mode: MirrorMode
  readonly cron: string | null
  readonly run_now: boolean
}

export function createMirror(channel: string, body: NewMirror): Promise<Mirror> {
  return request(apiPath('channels', channel, 'mirrors'), { method: 'POST', body })
}

export function runMirror(channel: string, mirrorId: string): Promise<Mirror> {
  return request(apiPath('channels', channel, 'mirrors', mirrorId), {
    method: 'PUT',
    body: { run_now: true },
  })
}

export function stopMirror(channel: string, mirrorId: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'mirrors', mirrorId, 'stop_mirror_sync'), { method: 'POST' })
}

export function deleteMirror(channel: string, mirrorId: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'mirrors', mirrorId), { method: 'DELETE' })
}

/** A known name in the document makes a new version; `filename` names a document that does not name itself. */
export function writePolicy(body: { document: string; filename: string }): Promise<Policy> {
  return request('/api/policies', { method: 'POST', body })
}

export function deletePolicy(name: string): Promise<unknown> {
  return request(apiPath('policies', name), { method: 'DELETE' })
}

export function assignPolicy(channel: string, name: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'policies', name), { method: 'PUT' })
}

export function unassignPolicy(channel: string, name: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'policies', name), { method: 'DELETE' })
}

export interface ExceptionWish {
  readonly files?: readonly string[]
  readonly package?: string
  readonly cves?: readonly string[]
  readonly reason: string
  readonly compensating_control?: string
  readonly expires_at: string
  readonly until_fixed: boolean
}

export function requestException(channel: string, body: ExceptionWish): Promise<PolicyException> {
  return request(apiPath('channels', channel, 'exceptions'), { method: 'POST', body })
}

export type ExceptionVerb = 'approve' | 'refuse' | 'revoke' | 'withdraw'

export function decideException(
  id: string,
  verb: ExceptionVerb,
  body: { note?: string; compensating_control?: string },
): Promise<PolicyException> {
  return request(apiPath('exceptions', id, verb), { method: 'POST', body })
}

export function setFrozen(channel: string, frozen: boolean): Promise<Channel> {
  const body = { indexing_behavior: frozen ? 'frozen' : 'default' }
  return request(apiPath('channels', channel), { method: 'PUT', body })
}

/** Serves an old revision as it was, at once, and freezes the channel there. */
export function serveRevision(channel: string, revision: number): Promise<unknown> {
  return request(apiPath('channels', channel, 'revisions', String(revision), 'serve'), { method: 'POST' })
}

/** Makes a new revision with the contents of an old one. */
export function rollBack(channel: string, revision: number): Promise<unknown> {
  return request(apiPath('channels', channel, 'revisions', String(revision), 'rollback'), { method: 'POST' })
}

/** @param members paths of channels, in the order in which they are asked */
export function changeMembers(channel: string, members: readonly string[]): Promise<Channel> {
  const sources = members.map((path) => {
    const [first = '', ...rest] = path.split('/')
    return rest.length === 0 ? { name: first } : { name: rest.join('/'), parent_name: first }
  })
  return request(apiPath('channels', channel), { method: 'PUT', body: { sources } })
}

/** @param id of a member that was closed or deleted */
export function dismissMember(channel: string, id: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'lost-members', id), { method: 'DELETE' })
}

/** Whether a virtual channel may show a channel also while that is not public. */
export function allowShowing(channel: string, virtual: string, isAllowed: boolean): Promise<unknown> {
  return request(apiPath('channels', channel, 'virtual-channels', virtual), {
    method: isAllowed ? 'PUT' : 'DELETE',
  })
}

export function setPrivacy(channel: string, privacy: Privacy): Promise<Channel> {
  return request(apiPath('channels', channel), { method: 'PUT', body: { privacy } })
}

/** @param keep_days null for what the server says */
export function updateChannel(
  channel: string,
  body: { description?: string; keep_days?: number | null },
): Promise<Channel> {
  return request(apiPath('channels', channel), { method: 'PUT', body })
}

export function deleteChannel(channel: string, withSubchannels: boolean): Promise<unknown> {
  return request(apiPath('channels', channel), {
    method: 'DELETE',
    query: { subchannels: withSubchannels || undefined },
  })
}

export type NoticeLevel = ChannelNotice['level']

export function addNotice(
  channel: string,
  body: { message: string; level: NoticeLevel; expires_at: string },
): Promise<ChannelNotice> {
  return request(apiPath('channels', channel, 'notices'), { method: 'POST', body })
}

export function removeNotice(channel: string, id: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'notices', id), { method: 'DELETE' })
}

export function pinName(channel: string, name: string, member: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'pins', name), { method: 'PUT', body: { member } })
}

export function unpinName(channel: string, name: string): Promise<unknown> {
  return request(apiPath('channels', channel, 'pins', name), { method: 'DELETE' })
}
