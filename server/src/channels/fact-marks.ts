/**
 * The marks by which facts that somebody keeps are known to hold still. A name's mark moves in the transaction that
 * changes its files or what is known of them, so whoever reads marks first and facts then never takes old for new.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'

/** All rows at once would take several times what they tell. */
const LISTED_AT_ONCE = 2_000

/** Voids what is kept of the facts of these names. */
export async function markFacts(db: Db, channelId: string, names: Iterable<string>): Promise<void> {
  const mark = newId()
  for (const chunk of inChunks([...new Set(names)].sort())) {
    await db
      .insertInto('fact_marks')
      .values(chunk.map((name) => ({ channel_id: channelId, name, mark })))
      .onConflict((conflict) =>
        conflict.columns(['channel_id', 'name']).doUpdateSet((eb) => ({ mark: eb.ref('excluded.mark') })),
      )
      .execute()
  }
}

/** Of every name the channel has or had: its facts are those that were read as long as its mark is the same. */
export async function listFactMarks(db: Db, channelId: string): Promise<Map<string, string>> {
  const marks = new Map<string, string>()
  for (let after: string | undefined; ;) {
    const rows = await db
      .selectFrom('fact_marks')
      .select(['name', 'mark'])
      .where('channel_id', '=', channelId)
      .$if(after !== undefined, (qb) => qb.where('name', '>', after!)) // it is asked for only then
      .orderBy('name')
      .limit(LISTED_AT_ONCE)
      .execute()
    for (const { name, mark } of rows) marks.set(name, mark)
    if (rows.length < LISTED_AT_ONCE) return marks
    after = rows.at(-1)?.name
  }
}
