/** Moves what stands: an import becomes current, or imports are taken back. In the caller's transaction. */
import type { Tx } from '../platform/database/db.ts'
import { markFactsEverywhere } from '../channels/stale-names.ts'
import { settleImports, type Settled } from './apply-import.ts'
import { listNamesSaidActive } from './curation/curation-store.ts'
import type { FeedKind } from './feed-version.ts'
import { findNamesMatchedBy, namesOfIdentities } from './store.ts'
import { setImportState } from './version-store.ts'

export interface Move {
  readonly kind: FeedKind
  readonly at: Date
  readonly epssBounds: readonly number[]
}

export interface Touched {
  readonly touchedIdentities: readonly string[]
  /** conda names whose matches may have changed. */
  readonly touchedNames: readonly string[]
}

export async function activateImport(tx: Tx, move: Move & { readonly importId: string }): Promise<Touched> {
  await setImportState(tx, [move.importId], 'active', move.at)
  return touch(tx, await settleImports(tx, move.kind, [move.importId], move))
}

/** What stood before these imports stands again, where nothing else came since. */
export async function takeBackImports(
  tx: Tx,
  move: Move & { readonly importIds: readonly string[] },
): Promise<Touched> {
  await setImportState(tx, move.importIds, 'rolled_back')
  return touch(tx, await settleImports(tx, move.kind, move.importIds, move))
}

async function touch(tx: Tx, { identities, isChanged, drifted }: Settled): Promise<Touched> {
  // no decision changes by it, and whoever keeps facts of these names has old ones
  if (drifted.length > 0) await markFactsEverywhere(tx, await findNamesMatchedBy(tx, drifted))
  const names = await namesOfIdentities(tx, identities)
  // what people say of a file rests on the vulnerability, and on no identity
  const said = isChanged ? await listNamesSaidActive(tx) : []
  return { touchedIdentities: identities, touchedNames: [...new Set([...names, ...said])].toSorted() }
}
