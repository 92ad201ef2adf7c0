/** The database file itself, the queue, and what should be scheduled and is not. */
import { sql } from 'kysely'
import { isStaleAsAWhole } from '../channels/stale-channels.ts'
import { migrations } from '../db/migrations.ts'
import { engineOf, inChunks, openSqlite, type Db } from '../platform/database/db.ts'
import { migrate } from '../platform/database/migrate.ts'
import { errorText } from '../platform/text.ts'
import { jobKinds } from '../vocabulary/job-kinds.ts'
import type { Check } from './check.ts'

const MAX_LINES = 20

/** @returns false when the file is damaged, so that nothing it says can be trusted */
export async function checkDatabaseFile(check: Check): Promise<boolean> {
  const { db } = check.parts
  const isPostgres = engineOf(db) === 'postgres'
  const corrupt = (message: string): void =>
    check.add({
      code: 'database-corrupt',
      where: isPostgres ? 'the database' : 'terrarium.db',
      message: `${message}; restore a backup${isPostgres ? '' : ", or recover it with sqlite3's .recover"}`,
    })
  // it looks after its pages and its references itself
  if (isPostgres) return reportLostTables(check, corrupt)
  try {
    const { rows } = await sql<{
      integrity_check: string
    }>`pragma integrity_check(${sql.lit(MAX_LINES)})`.execute(db)
    const faults = rows.map((row) => row.integrity_check).filter((line) => line !== 'ok')
    for (const fault of faults) corrupt(fault)
    if (faults.length > 0) return false
  } catch (error) {
    corrupt(errorText(error))
    return false
  }
  if (!(await reportLostTables(check, corrupt))) return false
  const broken = await sql<{ table: string; parent: string; count: number }>`
    select "table", parent, count(*) as count from pragma_foreign_key_check group by 1, 2`.execute(db)
  for (const { table, parent, count } of broken.rows) {
    check.add({
      code: 'foreign-key-broken',
      where: table,
      message: `${count} rows of ${table} refer to rows of ${parent} that are not there`,
    })
  }
  return true
}

/** @returns whether all tables are there that a new database of this release has */
async function reportLostTables(check: Check, corrupt: (message: string) => void): Promise<boolean> {
  const wanted = openSqlite(':memory:')
  try {
    await migrate(wanted, migrations)
    const there = await listTables(check.parts.db)
    const lost = [...(await listTables(wanted))].filter((name) => !there.has(name))
    for (const name of lost) corrupt(`the table ${name} is gone`)
    return lost.length === 0
  } finally {
    await wanted.destroy()
  }
}

async function listTables(db: Db): Promise<Set<string>> {
  const tables =
    engineOf(db) === 'postgres'
      ? sql<{
          name: string
        }>`select tablename as name from pg_tables where schemaname = any (current_schemas(false))`
      : sql<{ name: string }>`select name from sqlite_schema where type = 'table'`
  const { rows } = await tables.execute(db)
  return new Set(rows.map(({ name }) => name).filter((name) => !name.startsWith('sqlite_')))
}

const PAGE = 500
const STATES = new Set(['queued', 'running', 'done', 'failed', 'stopped'])

/** A running job is no fault in a stopped folder: the next start takes it over. */
export async function checkJobs(check: Check): Promise<void> {
  const kinds = new Set<string>(jobKinds)
  for (let after = ''; ;) {
    const page = await check.parts.db
      .selectFrom('jobs')
      .select(['id', 'kind', 'state', 'owner', 'payload', 'progress', 'result', 'attempts'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const job of page) {
      const fault = !STATES.has(job.state)
        ? `has the unknown state ${job.state}`
        : !kinds.has(job.kind)
          ? `is of the unknown kind ${job.kind}`
          : (job.state === 'running') !== (job.owner !== null)
            ? `is ${job.state} and has ${job.owner === null ? 'no' : 'an'} owner`
            : [job.payload, job.progress, job.result].some((text) => text !== null && !isJson(text))
              ? 'holds text that is no JSON'
              : undefined
      if (fault) check.add({ code: 'job-malformed', where: `job ${job.id}`, message: `the job ${fault}` })
    }
    const last = page.at(-1)
    if (!last) return
    after = last.id
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Stale names that no job will publish, and changes whose name is not stale: both would wait for ever. */
export async function checkSchedule(check: Check, channel: { id: string; name: string }): Promise<void> {
  const { db } = check.parts
  const isAllStale = await isStaleAsAWhole(db, channel.id)
  const stale = await db
    .selectFrom('stale_names')
    .select('name')
    .where('channel_id', '=', channel.id)
    .limit(1)
    .executeTakeFirst()
  if (isAllStale && !(await isPublishComing(check, channel.id))) {
    check.add({
      code: 'not-scheduled',
      where: channel.name,
      message: 'all that the channel has is stale, and no job waits that would publish it',
      place: { channel: channel.name },
    })
  } else if (stale && !(await isPublishComing(check, channel.id))) {
    check.add({
      code: 'not-scheduled',
      where: channel.name,
      message: `names such as ${stale.name} are stale, and no job waits that would publish them`,
      place: { channel: channel.name, name: stale.name },
    })
  }
  const { rows } = await sql<{ name: string }>`
    select distinct name from channel_changes where channel_id = ${channel.id}
    and not exists (select 1 from stale_names
      where stale_names.channel_id = channel_changes.channel_id and stale_names.name = channel_changes.name)
    order by name`.execute(db)
  for (const { name } of isAllStale ? [] : rows) {
    check.add({
      code: 'change-not-stale',
      where: `${channel.name}/${name}`,
      message: `${name} has changes that wait for a publish, and is not marked for one`,
      place: { channel: channel.name, name },
    })
  }
}

/** A mirror run or an import publishes at its end, also when it was cut off and starts again. */
async function isPublishComing(check: Check, channelId: string): Promise<boolean> {
  const job = await check.parts.db
    .selectFrom('jobs')
    .select('id')
    .where('state', 'in', ['queued', 'running'])
    .where((eb) =>
      eb.or([
        eb('exclusive_key', '=', `publish:${channelId}`),
        eb('kind', 'in', ['mirror.run', 'advisories.import']),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return job !== undefined
}

export async function findStaleNames(
  check: Check,
  channelId: string,
  names: readonly string[],
): Promise<Set<string>> {
  if (await isStaleAsAWhole(check.parts.db, channelId)) return new Set(names)
  const found = new Set<string>()
  for (const chunk of inChunks(names)) {
    const rows = await check.parts.db
      .selectFrom('stale_names')
      .select('name')
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .execute()
    for (const { name } of rows) found.add(name)
  }
  return found
}
