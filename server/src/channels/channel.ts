/** What a channel is and how it may be called. Pure rules; `store.ts` has the SQL. */
import { isKnownSubdir } from '@terrarium/conda/names.ts'
import { AppError } from '../vocabulary/errors.ts'

export const privacies = ['public', 'authenticated', 'private'] as const
export type Privacy = (typeof privacies)[number]

export const channelKinds = ['default', 'virtual'] as const
export type ChannelKind = (typeof channelKinds)[number]

export interface Channel {
  readonly id: string
  /** With the name of its parent and a slash in front, when it is a subchannel. */
  readonly name: string
  readonly description: string
  readonly privacy: Privacy
  /** A virtual channel has what its members have: `virtual-channel.ts`. */
  readonly kind: ChannelKind
  readonly ownerId: string
  /** Number of the revision that is served; 0 before the first. */
  readonly revision: number
  /** Number of the newest revision. A frozen channel serves an older one. */
  readonly newestRevision: number
  /** What is served stays as it is; new revisions are made all the same. */
  readonly frozen: boolean
  /** Days that a revision stays after another took its place; null for what the configuration says. */
  readonly keepDays: number | null
  /** The newest revision whose monolithic files are made; they follow the shards by a moment. */
  readonly renderedRevision: number
  /** When those became what clients see. */
  readonly renderedAt: Date
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Clients keep an index for a while and then ask for its shards: a week is what CEP 16 asks for. */
export const MIN_KEEP_DAYS = 7
export const MAX_KEEP_DAYS = 36_500

const NAME = /^[a-z][a-z0-9_-]*$/
const NAME_MAX_LENGTH = 128
/** Words with a meaning of their own at the start of a path, and names that Windows cannot store. */
const RESERVED = new Set([
  ...['t', 'api', 'repo', 'label', 'login', 'healthz', 'readyz', 'metrics', 'docs', 'simple', 'src', 'x'],
  ...['constructor', 'prototype', '__proto__', 'package_has_been_revoked', 'upload'],
  ...['con', 'prn', 'aux', 'nul', 'com1', 'com2', 'com3', 'com4', 'lpt1', 'lpt2', 'lpt3', 'lpt4'],
])

/** @throws AppError bad-request, naming the rule the name breaks */
export function checkChannelName(name: string): void {
  const refuse = (why: string): never => {
    throw new AppError('bad-request', `the channel name "${name.slice(0, 140)}" cannot be used: ${why}`)
  }
  if (name.length > NAME_MAX_LENGTH) refuse(`it has more than ${NAME_MAX_LENGTH} characters`)
  if (!NAME.test(name)) refuse('it must start with a-z and go on with a-z, 0-9, "-" or "_"')
  if (RESERVED.has(name)) refuse('the word is reserved')
  // conda cuts a channel's address at the first path segment that is a subdir
  if (isKnownSubdir(name))
    refuse(
      `it is the name of a subdir, and clients would look for packages there; take another, such as "${name}-channel"`,
    )
}

/** Both together have to fit where a name does. */
const PATH_MAX_LENGTH = 200

/** The name a subchannel has everywhere. @throws AppError bad-request */
export function subchannelName(parent: string, name: string): string {
  if (parent.includes('/')) {
    throw new AppError('bad-request', `${parent} is a subchannel, and a subchannel has none of its own`)
  }
  checkChannelName(name)
  const path = `${parent}/${name}`
  if (path.length > PATH_MAX_LENGTH) {
    throw new AppError('bad-request', `the name ${path} has more than ${PATH_MAX_LENGTH} characters`)
  }
  return path
}

/** `main/dev` as `{ parent: 'main', name: 'dev' }`. */
export function splitChannelName(path: string): {
  readonly parent: string | undefined
  readonly name: string
} {
  const [first = '', second] = path.split('/')
  return second === undefined ? { parent: undefined, name: first } : { parent: first, name: second }
}
