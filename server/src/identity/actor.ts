/**
 * Who asks, and what they may do: everything an operation may know about the asker. It is made once for a
 * token or a session (`access.ts`) and asked through `require-permission.ts`; nothing else should look into
 * `rights` and `shares`.
 */
import type { Level, Resource } from '../vocabulary/permissions.ts'
import { builtInRoles } from './built-in-roles.ts'

/** A level for each resource; what is missing is `none`. */
export type Matrix = Readonly<Partial<Record<Resource, Level>>>

/** What roles give together. */
export interface Rights {
  /** In every channel and for the whole server. */
  readonly all: Matrix
  /** In channels the asker has access to, as far as that access goes. */
  readonly own: Matrix
  /** What anybody may do with public channels, with a token or without. */
  readonly everyone: Matrix
}

/** Access to one channel that was given by name, to a person or to a group. */
export interface Share {
  readonly level: Level
  /** Package names that may be written, as patterns; undefined for all. */
  readonly writeNames?: readonly string[] | undefined
  /** Package names that may be downloaded: a token can be for certain packages; undefined for all. */
  readonly readNames?: readonly string[] | undefined
}

/** What a token is limited to; its owner's rights bound it in any case. */
export interface TokenLimit {
  readonly scopes?: ReadonlySet<string> | undefined
  /** By channel id. */
  readonly channels?: ReadonlyMap<string, Share> | undefined
}

export interface Nobody {
  readonly kind: 'nobody'
  readonly rights: Rights
  /** What came with the request all the same, and opens nothing: for the refusal, which has to say so. */
  readonly refused?: RefusedCredential
}

export type RefusedCredential =
  | { readonly reason: 'no-token' }
  | { readonly reason: 'unknown' }
  | { readonly reason: 'session-over' }
  | { readonly reason: 'expired'; readonly at: Date }

export interface Account {
  readonly kind: 'user'
  readonly id: string
  readonly name: string
  /** An account of programs. */
  readonly isService: boolean
  /** Holds the role `admin`, and asks with all of it: false for a token that is limited. */
  readonly isAdmin: boolean
  /** Names, sorted; `everyone` is not among them. */
  readonly roles: readonly string[]
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly rights: Rights
  /** By channel id. */
  readonly shares: ReadonlyMap<string, Share>
  /** What it was recognised by; undefined for jobs and verbs, which act for an account. */
  readonly credential: Credential | undefined
  readonly limit: TokenLimit | undefined
}

export interface Credential {
  readonly kind: 'token' | 'session'
  readonly id: string
  readonly expiresAt: Date
}

export type Actor = Nobody | Account

/** Nobody, as long as nobody has edited the role `everyone`; `Access.nobody` knows better. */
export const nobody: Actor = makeNobody(builtInRoles.everyone.permissions)

export function makeNobody(everyone: Matrix): Nobody {
  return { kind: 'nobody', rights: { all: {}, own: everyone, everyone } }
}

/** The id for audit and jobs; undefined for nobody. */
export function actorId(actor: Actor): string | undefined {
  return actor.kind === 'user' ? actor.id : undefined
}

/** The name, for causes and lists that people read. */
export function byOf(actor: Actor): { by?: string } {
  return actor.kind === 'user' ? { by: actor.name } : {}
}
