/** The SQL of what imports change, or would change. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Effect, EffectChange, KnownMatch } from './import-effect.ts'

export async function clearEffects(db: Db, importId: string): Promise<void> {
  await db.deleteFrom('import_effects').where('import_id', '=', importId).execute()
}

export async function putEffects(
  db: Db,
  importId: string,
  position: number,
  effects: readonly Effect[],
): Promise<void> {
  const rows = effects.map((effect, index) => ({
    import_id: importId,
    position: position + index,
    conda_name: effect.condaName,
    version: effect.version,
    vulnerability_id: effect.vulnerabilityId,
    change: effect.change,
    before: effect.before && JSON.stringify(effect.before),
    after: effect.after && JSON.stringify(effect.after),
  }))
  for (const chunk of inChunks(rows)) await db.insertInto('import_effects').values(chunk).execute()
}

export interface EffectQuery {
  /** Only of what this channel has. */
  readonly channelId?: string | undefined
  readonly change?: EffectChange | undefined
  readonly offset: number
  readonly limit: number
}

export async function listEffects(
  db: Db,
  importId: string,
  query: EffectQuery,
): Promise<{ total: number; items: Effect[] }> {
  const matching = db
    .selectFrom('import_effects as e')
    .where('e.import_id', '=', importId)
    .$if(query.change !== undefined, (qb) => qb.where('e.change', '=', query.change ?? ''))
    .$if(query.channelId !== undefined, (qb) =>
      qb.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('channel_files as f')
            .select('f.id')
            .where('f.channel_id', '=', query.channelId ?? '')
            .where('f.state', '=', 'present')
            .whereRef('f.name', '=', 'e.conda_name')
            .whereRef('f.version', '=', 'e.version'),
        ),
      ),
    )
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll('e')
    .orderBy('e.position')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return { total: Number(count), items: rows.map(toEffect) }
}

function toEffect(row: {
  readonly conda_name: string
  readonly version: string
  readonly vulnerability_id: string
  readonly change: string
  readonly before: string | null
  readonly after: string | null
}): Effect {
  // written by `putEffects`
  const read = (text: string | null): KnownMatch | null =>
    text === null ? null : (JSON.parse(text) as KnownMatch)
  return {
    condaName: row.conda_name,
    version: row.version,
    vulnerabilityId: row.vulnerability_id,
    change: row.change as EffectChange,
    before: read(row.before),
    after: read(row.after),
  }
}
