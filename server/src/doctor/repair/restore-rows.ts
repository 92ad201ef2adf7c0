/**
 * Rows that were lost, made again from what else is told of them: by the audit log, by versions, by maps, by bytes. Each is
 * of a table whose rows others refer to, or that no server can do without.
 */
import { remakeHead } from '../../audit/remake-head.ts'
import {
  compareWithLog,
  findChannelIdsWithoutRow,
  findMisnamed,
  nameChannel,
  remakeChannel,
} from '../../channels/remake-channel.ts'
import { remakeAccessEpoch } from '../../identity/access-epoch.ts'
import { findPolicyFaults, remakePolicy } from '../../policies/remake-policies.ts'
import { remakeRevisions } from '../../repodata/remake-revisions.ts'
import { quarantineOrphans } from './orphan-rows.ts'
import { left, repaired, type Outcome } from './outcome.ts'
import { restoreArtifacts, type ArtifactParts } from './restore-artifacts.ts'

export interface RowParts extends ArtifactParts {
  readonly dataFolder: string
}

/** @param table of which the one row is gone */
export async function restoreSingleRow({ db, now }: RowParts, table: string): Promise<Outcome> {
  if (table === 'access_epoch') {
    await remakeAccessEpoch(db, now())
    return repaired('it is there again')
  }
  const seq = await db.transaction().execute((tx) => remakeHead(tx, now()))
  return repaired(
    `it names event ${seq} now, the last that is there: compare with a head that was noted elsewhere`,
  )
}

export async function restoreChannel({ db, now }: RowParts, name: string | undefined): Promise<Outcome> {
  const [lost, ...others] = (await compareWithLog(db)).lost
  const [id, ...moreIds] = await findChannelIdsWithoutRow(db)
  if (lost?.name !== name || !lost) return repaired('it is there again')
  if (others.length + moreIds.length > 0)
    return left('more than one channel is lost, and nothing tells which is which: restore a backup')
  if (id === undefined) {
    // an empty channel in its place would be served as if it were the one
    const misnamed = await findMisnamed(db, lost)
    if (!misnamed) return left('nothing of it is left: restore a backup, or make it anew')
    await nameChannel(db, misnamed.id, lost.name)
    return repaired(`it was called ${misnamed.name}, which nobody said, and has its name again`)
  }
  await db.transaction().execute((tx) => remakeChannel(tx, id, lost, now()))
  return repaired(
    'it is there again, as the audit log has it: look at who may see it, and at its description',
  )
}

export async function restorePolicy({ db, now }: RowParts, id: string): Promise<Outcome> {
  const done = await db.transaction().execute((tx) => remakePolicy(tx, id, now()))
  return done === undefined
    ? left('nothing tells which text is the right one: read both, and save the policy again')
    : repaired(done)
}

/** Rows that rows of a table refer to and that are not there; what cannot be made again takes those with it. */
export async function restoreParents(parts: RowParts, table: string): Promise<Outcome> {
  const { db } = parts
  for (const { name } of (await compareWithLog(db)).lost) await restoreChannel(parts, name)
  for (const { id } of await findPolicyFaults(db)) await restorePolicy(parts, id)
  const revisions = await db.transaction().execute((tx) => remakeRevisions(tx))
  const artifacts = await restoreArtifacts(parts)
  const orphans = await quarantineOrphans(parts, table, {
    keepOfChannels: (await compareWithLog(db)).lost.length > 0,
  })
  if (orphans.left > 0) return left('they belong to a channel that is gone: restore a backup of the database')
  const made = [
    ...(revisions > 0 ? [`${revisions} revisions were made again from their maps`] : []),
    ...(artifacts > 0 ? [`${artifacts} packages were made known again`] : []),
    ...(orphans.count > 0
      ? [
          `${orphans.count} rows of what is gone are in ${orphans.path} now: make it again, or restore a backup`,
        ]
      : []),
  ]
  return repaired(made.join(', ') || 'what they refer to is there again')
}
