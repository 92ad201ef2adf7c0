/** The SQL of lists: what a channel has, for people, for mirrors and for matching. */
import { sql } from 'kysely'
import { containsText, inChunks, type Db } from '../platform/database/db.ts'
import { blockingEffects, toFile, toOrigin, type ChannelFile, type Origin } from './channel-file.ts'
import { listFilesOfNames } from './contents-store.ts'

export interface FileQuery {
  readonly subdir?: string | undefined
  readonly name?: string | undefined
  readonly q?: string | undefined
  /** Only files that clients cannot have: for what was decided last, or for bytes that are damaged. */
  readonly blocked?: boolean | undefined
  readonly offset: number
  readonly limit: number
}

export async function listFiles(
  db: Db,
  channelId: string,
  query: FileQuery,
): Promise<{ total: number; items: ChannelFile[] }> {
  const matching = db
    .selectFrom('channel_files')
    .where('channel_id', '=', channelId)
    .where('state', '=', 'present')
    .$if(query.subdir !== undefined, (qb) => qb.where('subdir', '=', query.subdir ?? ''))
    .$if(query.name !== undefined, (qb) => qb.where('name', '=', query.name ?? ''))
    .$if(Boolean(query.q), (qb) => qb.where(containsText('name', query.q ?? '')))
    .$if(query.blocked === true, (qb) =>
      qb.where((eb) =>
        eb.or([
          eb('effect', 'in', blockingEffects),
          eb('sha256', 'in', eb.selectFrom('damaged_artifacts').select('damaged_artifacts.sha256')),
        ]),
      ),
    )
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('name')
    .orderBy('subdir')
    .orderBy('filename')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return { total: Number(count), items: rows.map(toFile) }
}

/** Files that a mirror brought and clients do not get, or that no publish has decided on yet. */
export async function listNotServed(
  db: Db,
  channelId: string,
  mirrorId: string,
): Promise<{ subdir: string; name: string; filename: string }[]> {
  return db
    .selectFrom('channel_files')
    .select(['subdir', 'name', 'filename'])
    .where('channel_id', '=', channelId)
    .where('origin_kind', '=', 'mirror')
    .where('origin_id', '=', mirrorId)
    .where('state', '=', 'present')
    .where((eb) => eb.or([eb('effect', 'is', null), eb('effect', 'in', blockingEffects)]))
    .execute()
}

export interface NameSummary {
  readonly name: string
  readonly fileCount: number
  readonly blockedCount: number
  readonly versions: readonly string[]
  readonly subdirs: string[]
}

/** Package names of a channel with what there is of each. */
export async function listNames(
  db: Db,
  channelId: string,
  query: { q?: string | undefined; offset: number; limit: number },
): Promise<{ total: number; items: NameSummary[] }> {
  const matching = db
    .selectFrom('channel_files')
    .where('channel_id', '=', channelId)
    .where('state', '=', 'present')
    .$if(Boolean(query.q), (qb) => qb.where(containsText('name', query.q ?? '')))
  const { count } = await matching
    .select((eb) => eb.fn.count<number | string>('name').distinct().as('count'))
    .executeTakeFirstOrThrow()
  const names = await matching
    .select('name')
    .distinct()
    .orderBy('name')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  const files = await listFilesOfNames(
    db,
    channelId,
    names.map(({ name }) => name),
  )
  const items = [...Map.groupBy(files, ({ name }) => name)].map(([name, own]) => ({
    name,
    fileCount: own.length,
    blockedCount: own.filter(({ effect }) => blockingEffects.some((blocking) => blocking === effect)).length,
    versions: [...new Set(own.map(({ version }) => version))],
    subdirs: [...new Set(own.map(({ subdir }) => subdir))].sort(),
  }))
  items.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { total: Number(count), items }
}

/** The versions of names that any channel has. */
export async function listVersionsOfNames(db: Db, names: readonly string[]): Promise<Map<string, string[]>> {
  const versions = new Map<string, string[]>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .select(['name', 'version'])
      .distinct()
      .where('name', 'in', chunk)
      .where('state', '=', 'present')
      .execute()
    for (const { name, version } of rows) {
      const known = versions.get(name)
      if (known) known.push(version)
      else versions.set(name, [version])
    }
  }
  return versions
}

export interface SubdirVersion {
  readonly subdir: string
  readonly version: string
}

/** The versions that a channel has of names, and for which subdirs. */
export async function listSubdirVersions(
  db: Db,
  channelId: string,
  names: readonly string[],
): Promise<Map<string, SubdirVersion[]>> {
  const found = new Map<string, SubdirVersion[]>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .select(['name', 'version', 'subdir'])
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .where('state', '=', 'present')
      // not `distinct`: for that SQLite takes the index by path, and reads the whole channel each time
      .groupBy(['name', 'version', 'subdir'])
      .execute()
    for (const { name, ...own } of rows) {
      const known = found.get(name)
      if (known) known.push(own)
      else found.set(name, [own])
    }
  }
  return found
}

/** Which of these files a channel has, as `subdir/filename`. */
export async function findPresentFiles(
  db: Db,
  channelId: string,
  files: readonly { subdir: string; filename: string }[],
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    for (const chunk of inChunks(own.map(({ filename }) => filename))) {
      const rows = await db
        .selectFrom('channel_files')
        .select('filename')
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir)
        .where('filename', 'in', chunk)
        .where('state', '=', 'present')
        .execute()
      for (const { filename } of rows) found.add(`${subdir}/${filename}`)
    }
  }
  return found
}

/** Names of the packages that these files, as `subdir/filename`, are of. */
export async function listNamesOfFiles(
  db: Db,
  channelId: string,
  files: readonly string[],
): Promise<string[]> {
  return [...new Set((await findFilesByPath(db, channelId, files)).map(({ name }) => name))]
}

/** The present ones of these files, given as `subdir/filename`. */
export async function findFilesByPath(
  db: Db,
  channelId: string,
  paths: readonly string[],
): Promise<ChannelFile[]> {
  const found: ChannelFile[] = []
  const files = paths.map((path) => ({
    subdir: path.split('/')[0] ?? '',
    filename: path.split('/')[1] ?? '',
  }))
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    for (const chunk of inChunks(own.map(({ filename }) => filename))) {
      const rows = await db
        .selectFrom('channel_files')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir)
        .where('filename', 'in', chunk)
        .where('state', '=', 'present')
        .execute()
      found.push(...rows.map(toFile))
    }
  }
  return found
}

/** What a mirror compares an upstream index with: every file of a subdir, removed ones too. */
export async function listBoundFiles(
  db: Db,
  channelId: string,
  subdir: string,
): Promise<
  Map<
    string,
    {
      sha256: string
      md5: string
      name: string
      recordSha256: string
      present: boolean
      /** Its bytes are still with the upstream. */
      announced: boolean
      origin: Origin
    }
  >
> {
  const rows = await db
    .selectFrom('channel_files')
    .innerJoin('artifacts', 'artifacts.sha256', 'channel_files.sha256')
    .select([
      'channel_files.filename',
      'channel_files.sha256',
      'artifacts.md5',
      'channel_files.name',
      'channel_files.record_sha256',
      'channel_files.state',
      'channel_files.verified_by',
      'channel_files.origin_kind',
      'channel_files.origin_id',
      'channel_files.origin_name',
    ])
    .where('channel_files.channel_id', '=', channelId)
    .where('channel_files.subdir', '=', subdir)
    .execute()
  return new Map(
    rows.map((row) => [
      row.filename,
      {
        sha256: row.sha256,
        md5: row.md5,
        announced: row.verified_by === 'announced',
        name: row.name,
        recordSha256: row.record_sha256,
        present: row.state === 'present',
        origin: toOrigin(row),
      },
    ]),
  )
}

/** How much each channel has whose bytes are here, the largest first. */
export async function sumFilesByChannel(
  db: Db,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: { name: string; file_count: number; bytes: number }[] }> {
  const { count } = await db
    .selectFrom('channels')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('channels')
    .leftJoin('channel_files', (join) =>
      join
        .onRef('channel_files.channel_id', '=', 'channels.id')
        .on('channel_files.state', '=', 'present')
        .on('channel_files.verified_by', '!=', 'announced'),
    )
    .select((eb) => [
      'channels.name',
      eb.fn.count<number | string>('channel_files.id').as('count'),
      eb.fn.coalesce(eb.fn.sum<number | string>('channel_files.size'), sql<number>`0`).as('bytes'),
    ])
    .groupBy('channels.name')
    .orderBy('bytes', 'desc')
    .orderBy('channels.name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return {
    total: Number(count),
    items: rows.map((row) => ({ name: row.name, file_count: Number(row.count), bytes: Number(row.bytes) })),
  }
}
