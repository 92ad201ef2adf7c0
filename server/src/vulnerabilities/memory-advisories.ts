/**
 * Advisories without a database: the same pure parts, held in maps. For measuring the matcher on whole files (`truth/`,
 * benchmarks) and for tests. Like an import, `put` touches only what the advisories it is given are about.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { AppError } from '../vocabulary/errors.ts'
import { identityKey, type Advisory } from './advisory.ts'
import { parseRecord } from './detect-format.ts'
import { identitiesOf } from './identity.ts'
import type { IdentityLink } from './identity-link.ts'
import { RecordError } from './json-reading.ts'
import { decideName, matchName, type AffectedRow, type NameDecider, type NameEvidence } from './match-name.ts'
import { mappingLink, parseNameMapping, type MappingRow } from './name-mapping.ts'
import { readAdvisoryFile } from './read-advisory-file.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'
import { assignVulnerabilities, isStanding, namesOf, summarize } from './vulnerability.ts'

export interface LoadedAdvisories {
  readonly advisories: readonly Advisory[]
  /** `file:line: reason` of records that could not be used. */
  readonly skipped: readonly string[]
}

/** @throws AppError invalid-advisories when a file as a whole is unusable */
export async function loadAdvisories(paths: readonly string[]): Promise<LoadedAdvisories> {
  const advisories: Advisory[] = []
  const skipped: string[] = []
  for (const path of paths) {
    for await (const item of readAdvisoryFile(path)) {
      const place = `${basename(path)}:${item.line}`
      if (item.kind === 'broken') {
        skipped.push(`${place}: ${item.reason}`)
        continue
      }
      try {
        advisories.push(parseRecord(item.record))
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        skipped.push(`${place}: ${error.message}`)
      }
    }
  }
  return { advisories, skipped }
}

/** What a `put` may have changed. */
export interface Touched {
  /** As they are called before or after. */
  readonly vulnerabilities: ReadonlySet<string>
  readonly identities: ReadonlySet<string>
}

export class MemoryAdvisories {
  readonly #advisories = new Map<string, Advisory>()
  /** Keys of the advisories with a name. */
  readonly #byName = new SmallSets()
  readonly #vulnerabilityOf = new Map<string, string>()
  /** Keys of the advisories of a vulnerability. */
  readonly #members = new SmallSets()
  /** Identities that the active advisories of a vulnerability name. */
  readonly #identitiesOf = new Map<string, readonly string[]>()
  /** Rows by identity and vulnerability. */
  readonly #rows = new Map<string, Map<string, AffectedRow[]>>()

  /** Adds advisories, in place of those of the same key; a withdrawn one is put as such. */
  put(advisories: readonly Advisory[]): Touched {
    const names = new Set<string>()
    for (const advisory of advisories) {
      const before = this.#advisories.get(advisory.key)
      for (const name of before ? namesOf(before) : []) {
        names.add(name)
        this.#byName.delete(name, advisory.key)
      }
      this.#advisories.set(advisory.key, advisory)
      for (const name of namesOf(advisory)) {
        names.add(name)
        this.#byName.add(name, advisory.key)
      }
    }
    const vulnerabilities = this.#reassign(names)
    const identities = new Set<string>()
    for (const id of vulnerabilities) for (const identity of this.#refresh(id)) identities.add(identity)
    return { vulnerabilities, identities }
  }

  /** Rows of these identities, of all vulnerabilities or of one. */
  rowsOf(identities: readonly string[], vulnerabilityId?: string): AffectedRow[] {
    return identities.flatMap((identity) => {
      const own = this.#rows.get(identity)
      if (!own) return []
      return vulnerabilityId === undefined ? [...own.values()].flat() : (own.get(vulnerabilityId) ?? [])
    })
  }

  /** Undefined for one that does not stand any more, or that nobody has written of. */
  vulnerability(id: string): Vulnerability | undefined {
    const summary = summarize(id, this.#advisoriesOf(id), this.#identitiesOf.get(id) ?? [])
    return summary && { ...summary, kev: null, epss: null }
  }

  match(
    condaName: string,
    links: readonly IdentityLink[],
    versions: readonly string[],
  ): Map<string, Match[]> {
    return matchName(this.#evidence(condaName, links), versions)
  }

  /** @param vulnerabilityId to decide that one alone */
  decide(condaName: string, links: readonly IdentityLink[], vulnerabilityId?: string): NameDecider[] {
    return decideName(this.#evidence(condaName, links, vulnerabilityId))
  }

  #evidence(condaName: string, links: readonly IdentityLink[], vulnerabilityId?: string): NameEvidence {
    const identities = links.map((link) => identityKey(link.identity))
    return {
      condaName,
      links,
      rows: this.rowsOf(identities, vulnerabilityId),
      vulnerabilities: {
        get: (id) => this.vulnerability(id),
        has: (id) => isStanding(id, this.#advisoriesOf(id)),
      },
      sources: { get: (id) => new Set(this.#activeOf(id).map(({ source }) => source)) },
    }
  }

  #advisoriesOf(id: string): Advisory[] {
    return this.#members.of(id).flatMap((key) => this.#advisories.get(key) ?? [])
  }

  #activeOf(id: string): Advisory[] {
    return this.#advisoriesOf(id).filter((advisory) => advisory.state === 'active')
  }

  /** @returns the vulnerabilities that the advisories connected to these names are about, before and after */
  #reassign(names: ReadonlySet<string>): Set<string> {
    const connected = this.#connectedTo(names)
    const assigned = assignVulnerabilities(
      connected.map((advisory) => ({ key: advisory.key, id: advisory.id, names: namesOf(advisory) })),
    )
    const touched = new Set<string>()
    for (const [key, id] of assigned) {
      const before = this.#vulnerabilityOf.get(key)
      if (before !== undefined) {
        touched.add(before)
        this.#members.delete(before, key)
      }
      this.#vulnerabilityOf.set(key, id)
      this.#members.add(id, key)
      touched.add(id)
    }
    return touched
  }

  #connectedTo(names: ReadonlySet<string>): Advisory[] {
    const found = new Map<string, Advisory>()
    const seen = new Set(names)
    // a set that grows while it is walked
    for (const name of seen) {
      for (const key of this.#byName.of(name)) {
        const advisory = this.#advisories.get(key)
        if (!advisory || found.has(key)) continue
        found.set(key, advisory)
        for (const other of namesOf(advisory)) seen.add(other)
      }
    }
    return [...found.values()]
  }

  /** @returns the identities the vulnerability spoke of, and those it speaks of */
  #refresh(id: string): Set<string> {
    const before = this.#identitiesOf.get(id) ?? []
    for (const identity of before) this.#rows.get(identity)?.delete(id)
    const current = new Set<string>()
    for (const { id: advisoryId, source, affected } of this.#activeOf(id)) {
      for (const entry of affected) {
        const identity = identityKey(entry.identity)
        current.add(identity)
        this.#addRow(identity, { vulnerabilityId: id, advisoryId, source, entry })
      }
    }
    this.#identitiesOf.set(id, [...current])
    return new Set([...before, ...current])
  }

  #addRow(identity: string, row: AffectedRow): void {
    const byVulnerability = this.#rows.get(identity) ?? new Map<string, AffectedRow[]>()
    this.#rows.set(identity, byVulnerability)
    const rows = byVulnerability.get(row.vulnerabilityId)
    if (rows) rows.push(row)
    else byVulnerability.set(row.vulnerabilityId, [row])
  }
}

/** Sets of texts by name. Nearly all have one member, which a set of its own would cost 200 bytes. */
class SmallSets {
  readonly #members = new Map<string, string | readonly string[]>()

  of(name: string): readonly string[] {
    const members = this.#members.get(name) ?? []
    return typeof members === 'string' ? [members] : members
  }

  add(name: string, member: string): void {
    const members = this.of(name)
    if (members.includes(member)) return
    this.#members.set(name, members.length === 0 ? member : [...members, member])
  }

  delete(name: string, member: string): void {
    const rest = this.of(name).filter((other) => other !== member)
    if (rest.length === 0) this.#members.delete(name)
    else this.#members.set(name, rest)
  }
}

/** The last of the same key counts, as after successive imports. */
export function holdAdvisories(all: readonly Advisory[]): MemoryAdvisories {
  const held = new MemoryAdvisories()
  held.put(all)
  return held
}

export type LinkLookup = (condaName: string) => readonly IdentityLink[]

/** Mapping files as a look-up of links, beside curated rows and name rules. */
export function linkLookup(paths: readonly string[]): LinkLookup {
  const rows = paths.flatMap((path) => readMappingFile(path).map((row) => ({ row, source: basename(path) })))
  const byName = Map.groupBy(rows, ({ row }) => row.condaName)
  return (condaName) => {
    const own = byName.get(condaName)
    const links = (own ?? []).flatMap(({ row, source }) => mappingLink(row, source) ?? [])
    return identitiesOf(condaName, { isKnown: own !== undefined, links }).links
  }
}

function readMappingFile(path: string): readonly MappingRow[] {
  const bytes = readFileSync(path)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const mapping = parseNameMapping(parseJson((isGzip ? gunzipSync(bytes) : bytes).toString('utf8')))
  if (!mapping) throw new AppError('invalid-mapping', `${basename(path)} is no mapping of conda names`)
  return mapping.rows
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
