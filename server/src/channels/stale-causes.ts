/**
 * Why names are stale. A name waits for its publish with the last thing that changed it, and beside that with what came
 * before, or whoever uploaded first would be forgotten for whoever came second.
 */
import { sql, type RawBuilder, type SqlBool } from 'kysely'

/** Why names became stale; kept with the revision that came of it. */
export type Cause =
  | { readonly kind: 'upload'; readonly by: string; readonly file: string }
  | { readonly kind: 'removal'; readonly by: string; readonly file: string }
  | { readonly kind: 'mirror'; readonly mirror: string; readonly job: string }
  | { readonly kind: 'arrival'; readonly file: string }
  | { readonly kind: 'attestation'; readonly by: string; readonly file: string }
  | {
      readonly kind: 'policy'
      readonly policy: string
      readonly change: 'edited' | 'assigned' | 'unassigned'
      readonly by?: string
    }
  | { readonly kind: 'advisories'; readonly source: string }
  /** `by` whoever ruled what a name is upstream; nobody for an import, or for what packages say of themselves. */
  | { readonly kind: 'mapping'; readonly by?: string }
  | {
      readonly kind: 'curation'
      readonly curation: string
      readonly cve: string
      readonly change: 'set' | 'ended'
      readonly by?: string
    }
  | { readonly kind: 'time' }
  | { readonly kind: 'explaining'; readonly change: 'on' | 'off'; readonly by?: string }
  | {
      readonly kind: 'exception'
      readonly exception: string
      readonly change: 'granted' | 'ended' | 'released'
      readonly by?: string
    }
  | {
      readonly kind: 'trusted-key'
      readonly key: string
      readonly change: 'trusted' | 'dropped'
      readonly by?: string
    }
  | { readonly kind: 'rollback'; readonly by: string; readonly to: number }
  | { readonly kind: 'repair'; readonly of: string }
  /** Of a virtual channel: what its members are, or which of them a name comes from. */
  | {
      readonly kind: 'members'
      readonly change: 'order' | 'pin' | 'privacy' | 'frozen' | 'unfrozen' | 'lost' | 'returned'
      readonly member?: string
      readonly by?: string
    }

/** As stored: JSON, in `earlier_causes` one a line. */
export interface StoredCauses {
  readonly cause: string
  readonly earlier_causes: string | null
}

/** What is kept of one name; of a name that is marked more often, the first causes and the last. */
const MAX_EARLIER_CHARACTERS = 4000

/** For the marking of a row that is marked already: the causes of that marking come before those of this one. */
export function addCauses(table: 'stale_names' | 'stale_channels'): RawBuilder<string> {
  const cause = sql.ref(`${table}.cause`)
  const earlier = sql`coalesce(${sql.ref(`${table}.earlier_causes`)}, '')`
  return sql<string>`case when length(${earlier}) + length(${cause}) > ${sql.lit(MAX_EARLIER_CHARACTERS)} then ${earlier}
    else ${earlier} || ${cause} || ${sql.lit('\n')} || coalesce(excluded.earlier_causes, '') end`
}

/** Oldest first, each once. */
export function readCauses({ cause, earlier_causes: earlier }: StoredCauses): Cause[] {
  const lines = new Set((earlier ?? '').split('\n').filter(Boolean))
  lines.delete(cause)
  return [...lines, cause].map((line) => JSON.parse(line) as Cause) // markStale wrote it
}

export function writeCause(cause: Cause): StoredCauses {
  return { cause: JSON.stringify(cause), earlier_causes: null }
}

/**
 * For a row that was marked again while a publish dealt with it: what is left when the causes are taken away that it
 * has seen, and whether they are there.
 */
export function withoutCauses({ cause, earlier_causes: earlier }: StoredCauses): {
  readonly rest: RawBuilder<string>
  readonly isMarkedAgain: RawBuilder<SqlBool>
} {
  const seen = sql`cast(${`${earlier ?? ''}${cause}\n`} as text)`
  return {
    rest: sql<string>`substr(earlier_causes, length(${seen}) + 1)`,
    isMarkedAgain: sql<SqlBool>`substr(earlier_causes, 1, length(${seen})) = ${seen}`,
  }
}
