/** What packages that arrived say they are upstream, kept before they are decided: it may tell of vulnerabilities. */
import { findInspections } from '../artifacts/store.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { listChanges } from '../channels/pending-changes.ts'
import { enqueuePublish, markStaleEverywhere } from '../channels/stale-names.ts'
import type { Db } from '../platform/database/db.ts'
import { learnIdentities } from '../vulnerabilities/learn-identities.ts'

/** Other channels that have a name about which something was learnt decide it again. */
export async function learnFromArrivals(
  parts: { readonly db: Db; readonly now: () => Date },
  channelId: string,
  names: readonly string[],
): Promise<void> {
  const changes = await listChanges(parts.db, channelId, names)
  const arrived = new Set(
    changes.filter(({ record }) => record !== null).map(({ subdir, filename }) => `${subdir}/${filename}`),
  )
  if (arrived.size === 0) return
  const files = await listFilesOfNames(parts.db, channelId, names)
  const fresh = files.filter(({ subdir, filename }) => arrived.has(`${subdir}/${filename}`))
  const inspections = await findInspections(
    parts.db,
    fresh.map((file) => file.sha256),
  )
  const sources = fresh.map((file) => ({ ...file, inspection: inspections.get(file.sha256) }))
  await parts.db.transaction().execute(async (tx) => {
    const learnt = await learnIdentities(tx, sources)
    if (learnt.length === 0) return
    const others = await markStaleEverywhere(tx, learnt, { kind: 'mapping' }, channelId)
    for (const id of others) await enqueuePublish(tx, id, parts.now())
  })
}
