/** For checks and repairs: the text of a policy is kept twice, as what holds now and as the last of its versions. */
import type { Db } from '../platform/database/db.ts'
import { parsePolicy } from './policy-document.ts'

export interface PolicyFault {
  readonly id: string
  /** Undefined where only the versions are left. */
  readonly name: string | undefined
  readonly message: string
}

interface PolicyTexts {
  readonly id: string
  readonly name: string | null
  readonly version: number | null
  readonly document: string | null
  /** Of that version, or the last there is. */
  readonly kept:
    { readonly version: number; readonly document: string; readonly createdAt: number } | undefined
}

export async function findPolicyFaults(db: Db): Promise<PolicyFault[]> {
  return (await readTexts(db)).flatMap((texts) => {
    const message = faultOf(texts)
    return message === undefined ? [] : [{ id: texts.id, name: texts.name ?? undefined, message }]
  })
}

/** @returns what was done; undefined when nothing tells which of two readable texts is the right one */
export async function remakePolicy(tx: Db, id: string, at: Date): Promise<string | undefined> {
  const [texts] = await readTexts(tx, id)
  if (!texts || faultOf(texts) === undefined) return 'it is right again'
  const { name, version, document, kept } = texts
  if (document === null || version === null || name === null) return kept && remakeRow(tx, id, kept)
  if (kept?.version !== version) {
    if (!isReadable(document)) return undefined
    await tx
      .insertInto('policy_versions')
      .values({ policy_id: id, version, document, actor_id: null, reason: null, created_at: at.getTime() })
      .execute()
    return 'its text is among its versions again'
  }
  if (isReadable(document) === isReadable(kept.document)) return undefined
  if (isReadable(document)) {
    await tx
      .updateTable('policy_versions')
      .set({ document })
      .where('policy_id', '=', id)
      .where('version', '=', version)
      .execute()
    return 'its version says again what holds'
  }
  await tx.updateTable('policies').set({ document: kept.document }).where('id', '=', id).execute()
  return 'it has the text of its last version again'
}

async function remakeRow(
  tx: Db,
  id: string,
  kept: NonNullable<PolicyTexts['kept']>,
): Promise<string | undefined> {
  if (!isReadable(kept.document)) return undefined
  const { name } = parsePolicy(kept.document, { filename: 'policy', saved: true })
  const assignment = await tx
    .selectFrom('policy_assignments')
    .select('id')
    .where('policy_id', '=', id)
    .executeTakeFirst()
  await tx
    .insertInto('policies')
    .values({
      id,
      name,
      version: kept.version,
      document: kept.document,
      created_at: kept.createdAt,
      updated_at: kept.createdAt,
      mirror_id: null,
      // what nothing is under was taken out of the lists, most likely
      deleted_at: assignment ? null : kept.createdAt,
    })
    .execute()
  return `the policy ${name} was made again from its versions`
}

function faultOf({ version, document, kept }: PolicyTexts): string | undefined {
  if (document === null) return 'its versions are there, and the policy itself is not'
  if (kept?.version !== version) return `version ${version} of it holds, and is not among its versions`
  if (kept?.document !== document) return `what holds is not the text of its version ${version}`
  return undefined
}

async function readTexts(db: Db, id?: string): Promise<PolicyTexts[]> {
  const there = await db
    .selectFrom('policies')
    .leftJoin('policy_versions as kept', (join) =>
      join.onRef('kept.policy_id', '=', 'policies.id').onRef('kept.version', '=', 'policies.version'),
    )
    .select(['policies.id', 'policies.name', 'policies.version', 'policies.document'])
    .select(['kept.version as kept_version', 'kept.document as kept_document', 'kept.created_at'])
    .$if(id !== undefined, (qb) => qb.where('policies.id', '=', id!)) // it is asked for only then
    .execute()
  const alone = await db
    .selectFrom('policy_versions as kept')
    .leftJoin('policies', 'policies.id', 'kept.policy_id')
    .select(['kept.policy_id as id', 'kept.version as kept_version', 'kept.document as kept_document'])
    .select('kept.created_at')
    .where('policies.id', 'is', null)
    .$if(id !== undefined, (qb) => qb.where('kept.policy_id', '=', id!)) // as above
    .orderBy('kept.version')
    .execute()
  const newest = new Map(alone.map((row) => [row.id, { ...row, name: null, version: null, document: null }]))
  return [...there, ...newest.values()].map(({ id: own, name, version, document, ...row }) => ({
    ...{ id: own, name, version, document },
    kept:
      row.kept_version === null || row.kept_document === null || row.created_at === null
        ? undefined
        : { version: row.kept_version, document: row.kept_document, createdAt: row.created_at },
  }))
}

function isReadable(document: string): boolean {
  try {
    parsePolicy(document, { filename: 'policy', saved: true })
    return true
  } catch {
    return false
  }
}
