/** What changes when one set of policies takes the place of another, over all files of a channel. Pure. */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { decide } from '../policies/decide.ts'
import { isListed, type Decision } from '../policies/decision.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { effects, type Effect, type Policy } from '../policies/policy.ts'

export interface ChangeCount {
  /** Files that leave the index. */
  readonly blocked: number
  /** Files that come back to it. */
  readonly unblocked: number
}

export interface RuleChange extends ChangeCount {
  readonly policy: string
  readonly rule: string
  readonly effect: Effect
}

export interface NameChange extends ChangeCount {
  readonly name: string
  /** Versions that stay allowed, newest first, not all of them. */
  readonly remaining: readonly string[]
  readonly remainingCount: number
  /** It had an allowed version and has none left. */
  readonly noneLeft: boolean
  /** Of the files that are newly blocked, in the last 30 days. */
  readonly downloads: number
  readonly users: readonly { readonly id: string; readonly downloads: number }[]
}

export interface Changes {
  readonly files: number
  readonly names: number
  readonly before: Readonly<Record<Effect, number>>
  readonly after: Readonly<Record<Effect, number>>
  readonly total: ChangeCount
  /** Files whose effect becomes another, also between two that keep it from the index. */
  readonly changedFiles: number
  readonly byRule: readonly RuleChange[]
  readonly bySubdir: readonly (ChangeCount & { readonly subdir: string })[]
  /** Names with a change: those with nothing left first, then the most downloaded. */
  readonly byName: readonly NameChange[]
  readonly downloads: number
  readonly users: readonly { readonly id: string; readonly downloads: number }[]
}

/** What was had of a file in the last 30 days, by person. */
export type DownloadsOf = (file: ArtifactFacts) => ReadonlyMap<string, number> | undefined

const SHOWN_VERSIONS = 5

export function countChanges(
  names: Iterable<readonly [string, readonly ArtifactFacts[]]>,
  policies: { readonly before: readonly Policy[]; readonly after: readonly Policy[] },
  now: Date,
  downloadsOf: DownloadsOf,
): Changes {
  const tally = new Tally(downloadsOf)
  for (const [name, files] of names) {
    const changed: NamedChange = { name, blocked: [], unblocked: [], versions: new Set(), had: false }
    for (const file of files) {
      const before = decide(file, policies.before, now, { brief: true })
      const after = decide(file, policies.after, now, { brief: true })
      tally.add(file, before, after, changed)
    }
    tally.addName(changed)
  }
  return tally.result()
}

/** A file with both of its decisions. */
export interface JudgedTwice {
  readonly facts: ArtifactFacts
  readonly before: Decision
  readonly after: Decision
}

/** The same, of files that somebody else has judged. */
export async function countJudged(
  names: AsyncIterable<readonly [string, readonly JudgedTwice[]]>,
  downloadsOf: DownloadsOf,
): Promise<Changes> {
  const tally = new Tally(downloadsOf)
  for await (const [name, files] of names) {
    const changed: NamedChange = { name, blocked: [], unblocked: [], versions: new Set(), had: false }
    for (const { facts, before, after } of files) tally.add(facts, before, after, changed)
    tally.addName(changed)
  }
  return tally.result()
}

interface NamedChange {
  readonly name: string
  readonly blocked: ArtifactFacts[]
  readonly unblocked: ArtifactFacts[]
  /** Allowed afterwards. */
  readonly versions: Set<string>
  /** Whether anything was allowed before. */
  had: boolean
}

interface Count {
  blocked: number
  unblocked: number
}

class Tally {
  readonly #downloadsOf: DownloadsOf
  readonly #before = noEffects()
  readonly #after = noEffects()
  readonly #rules = new Map<string, Count & { policy: string; rule: string; effect: Effect }>()
  readonly #subdirs = new Map<string, Count>()
  readonly #names: NameChange[] = []
  readonly #users = new Map<string, number>()
  #files = 0
  #nameCount = 0
  #changed = 0

  constructor(downloadsOf: DownloadsOf) {
    this.#downloadsOf = downloadsOf
  }

  add(file: ArtifactFacts, before: Decision, after: Decision, name: NamedChange): void {
    this.#files += 1
    this.#before[before.effect] += 1
    this.#after[after.effect] += 1
    if (before.effect !== after.effect) this.#changed += 1
    const [was, is] = [isListed(before), isListed(after)]
    if (was) name.had = true
    if (is) name.versions.add(file.version)
    if (was === is) return
    const side = is ? 'unblocked' : 'blocked'
    name[side].push(file)
    this.#subdir(file.subdir)[side] += 1
    const decisive = (is ? before : after).reasons[0]
    if (decisive) this.#rule(decisive)[side] += 1
  }

  addName({ name, blocked, unblocked, versions, had }: NamedChange): void {
    this.#nameCount += 1
    if (blocked.length === 0 && unblocked.length === 0) return
    const users = new Map<string, number>()
    for (const file of blocked) {
      for (const [user, count] of this.#downloadsOf(file) ?? []) {
        users.set(user, (users.get(user) ?? 0) + count)
        this.#users.set(user, (this.#users.get(user) ?? 0) + count)
      }
    }
    this.#names.push({
      name,
      blocked: blocked.length,
      unblocked: unblocked.length,
      remaining: newest(versions),
      remainingCount: versions.size,
      noneLeft: had && versions.size === 0,
      downloads: sum(users),
      users: byDownloads(users),
    })
  }

  result(): Changes {
    return {
      files: this.#files,
      names: this.#nameCount,
      before: this.#before,
      after: this.#after,
      total: {
        blocked: this.#names.reduce((all, { blocked }) => all + blocked, 0),
        unblocked: this.#names.reduce((all, { unblocked }) => all + unblocked, 0),
      },
      changedFiles: this.#changed,
      byRule: [...this.#rules.values()].sort((a, b) => b.blocked + b.unblocked - a.blocked - a.unblocked),
      bySubdir: [...this.#subdirs]
        .map(([subdir, count]) => ({ subdir, ...count }))
        .sort((a, b) => (a.subdir < b.subdir ? -1 : 1)),
      byName: this.#names.sort(
        (a, b) =>
          Number(b.noneLeft) - Number(a.noneLeft) ||
          b.downloads - a.downloads ||
          b.blocked - a.blocked ||
          (a.name < b.name ? -1 : 1),
      ),
      downloads: sum(this.#users),
      users: byDownloads(this.#users),
    }
  }

  #rule({ policy, rule, effect }: Decision['reasons'][number]) {
    const key = `${policy}\n${rule}`
    const known = this.#rules.get(key)
    if (known) return known
    const made = { policy, rule, effect, blocked: 0, unblocked: 0 }
    this.#rules.set(key, made)
    return made
  }

  #subdir(subdir: string): Count {
    const known = this.#subdirs.get(subdir)
    if (known) return known
    const made = { blocked: 0, unblocked: 0 }
    this.#subdirs.set(subdir, made)
    return made
  }
}

function noEffects(): Record<Effect, number> {
  // one for each of a closed list
  return Object.fromEntries(effects.map((effect) => [effect, 0])) as Record<Effect, number>
}

function newest(versions: ReadonlySet<string>): string[] {
  return [...versions].sort((a, b) => -compareLeniently(a, b)).slice(0, SHOWN_VERSIONS)
}

function compareLeniently(a: string, b: string): number {
  try {
    return compareVersions(a, b)
  } catch {
    return a < b ? -1 : 1
  }
}

function sum(users: ReadonlyMap<string, number>): number {
  return [...users.values()].reduce((all, one) => all + one, 0)
}

function byDownloads(users: ReadonlyMap<string, number>): { id: string; downloads: number }[] {
  return [...users]
    .map(([id, downloads]) => ({ id, downloads }))
    .sort((a, b) => b.downloads - a.downloads || (a.id < b.id ? -1 : 1))
}
