import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // From here on every name of a channel has a mark, so that marks alone tell which names there are.
  await sql`
    insert into fact_marks (channel_id, name, mark)
    select distinct f.channel_id, f.name, 'first'
    from channel_files f
    where not exists (select 1 from fact_marks m where m.channel_id = f.channel_id and m.name = f.name)
  `.execute(db)
}
