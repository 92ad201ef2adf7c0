/** A small channel with all there is to damage, and the damage: for the tests of the doctor. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { FindingKind } from '../finding.ts'
import type { TestApp } from '../../testing/test-app.ts'

/** Two served names, one of them with a version that a policy hides, in two subdirs and some revisions. */
export async function fillChannel(t: TestApp): Promise<void> {
  const gpl = { license: 'GPL-3.0-only' }
  await t.channel('main')
  await t.policy('main', 'name: no-gpl\ndeny: [license: GPL-3.0-only]')
  await t.upload('main', { name: 'numpy', version: '1.0', subdir: 'linux-64' })
  await t.upload('main', { name: 'numpy', version: '2.0', subdir: 'linux-64', index: gpl })
  await t.upload('main', { name: 'six', version: '1.16', subdir: 'noarch' })
  await t.upload('main', { name: 'gone', version: '1', subdir: 'noarch' }, 'tar.bz2')
}

/** The data folder of a stopped server, to look into and to damage. */
export class Damage {
  readonly data: string
  readonly #db: DatabaseSync

  constructor(folder: string) {
    this.data = join(folder, 'data')
    this.#db = new DatabaseSync(join(this.data, 'terrarium.db'))
  }

  close(): void {
    this.#db.close()
  }

  /** The first column of the first row. */
  value(sql: string): string {
    const row = this.#db.prepare(sql).get()
    if (!row) throw new Error(`nothing found: ${sql}`)
    return String(Object.values(row)[0])
  }

  run(sql: string): void {
    this.#db.exec('PRAGMA foreign_keys = OFF')
    if (this.#db.prepare(sql).run().changes === 0) throw new Error(`nothing changed: ${sql}`)
  }

  drop(table: string): void {
    this.#db.exec(`drop table ${table}`)
  }

  blob(sha256: string): string {
    return join(this.data, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2))
  }

  remove(sha256: string): void {
    rmSync(this.blob(sha256))
  }

  flip(sha256: string): void {
    const bytes = readFileSync(this.blob(sha256))
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(this.blob(sha256), bytes)
  }

  /** A link to itself has no bytes that anybody could read, as a bad sector has none. */
  makeUnreadable(sha256: string): void {
    rmSync(this.blob(sha256))
    symlinkSync(this.blob(sha256), this.blob(sha256))
  }

  putFolderInPlaceOf(sha256: string): void {
    rmSync(this.blob(sha256))
    mkdirSync(this.blob(sha256))
  }

  putFileInPlaceOfFolderOf(sha256: string): void {
    const folder = dirname(this.blob(sha256))
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'x')
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.data, path)), { recursive: true })
    writeFileSync(join(this.data, path), text)
  }

  package(filename: string): string {
    return this.value(`select sha256 from channel_files where filename = '${filename}'`)
  }

  index(kind: 'contents' | 'served', subdir: string): string {
    return this.value(
      `select ${kind}_sha256 from revision_subdirs where subdir = '${subdir}' order by number desc limit 1`,
    )
  }

  shard(kind: 'contents' | 'served', subdir: string, name: string): string {
    const index = decodeShardIndex(readFileSync(this.blob(this.index(kind, subdir))))
    return index.shards.get(name) ?? ''
  }

  rendered(subdir: string, filename: string): string {
    return this.value(
      `select sha256 from revision_files where subdir = '${subdir}' and filename = '${filename}' order by number desc limit 1`,
    )
  }
}

export interface DamageCase {
  readonly title: string
  readonly harm: (damage: Damage) => void
  readonly code: string
  /** What the report has to name. */
  readonly where: string
  /** Nothing but people can mend it: how the check after the repair ends. */
  readonly needsPeople?: FindingKind
  /** Nobody in particular gets anything after it. */
  readonly closed?: true
  /** What clients are refused after it, from the channel on. */
  readonly lost?: readonly string[]
}

const NUMPY = 'numpy-1.0-0.conda'

export const damageCases: readonly DamageCase[] = [
  {
    title: 'a package is gone',
    harm: (d) => d.remove(d.package(NUMPY)),
    code: 'package-missing',
    where: `main/linux-64/${NUMPY}`,
    needsPeople: 'missing',
    lost: [`main/linux-64/${NUMPY}`],
  },
  {
    title: 'one byte of a package is wrong',
    harm: (d) => d.flip(d.package(NUMPY)),
    code: 'package-corrupt',
    where: `main/linux-64/${NUMPY}`,
    needsPeople: 'missing',
    lost: [`main/linux-64/${NUMPY}`],
  },
  {
    title: 'a package cannot be read',
    harm: (d) => d.makeUnreadable(d.package(NUMPY)),
    code: 'package-corrupt',
    where: `main/linux-64/${NUMPY}`,
    needsPeople: 'missing',
    lost: [`main/linux-64/${NUMPY}`],
  },
  {
    title: 'a served shard cannot be read',
    harm: (d) => d.makeUnreadable(d.shard('served', 'linux-64', 'numpy')),
    code: 'shard-corrupt',
    where: 'main/linux-64/numpy',
  },
  {
    title: 'a folder is in the place of a served shard',
    harm: (d) => d.putFolderInPlaceOf(d.shard('served', 'linux-64', 'numpy')),
    code: 'shard-missing',
    where: 'main/linux-64/numpy',
  },
  {
    title: 'a folder is in the place of repodata.json',
    harm: (d) => d.putFolderInPlaceOf(d.rendered('noarch', 'repodata.json')),
    code: 'rendered-file-missing',
    where: 'main@4/noarch/repodata.json',
  },
  {
    title: 'the row by which servers know of changed rights is dropped',
    harm: (d) => d.run('delete from access_epoch'),
    code: 'row-missing',
    where: 'access_epoch',
  },
  {
    title: 'the row with the end of the audit log is dropped',
    harm: (d) => d.run('delete from audit_head'),
    code: 'row-missing',
    where: 'audit_head',
  },
  {
    title: 'an event of the audit log is dropped',
    harm: (d) => d.run('delete from audit_events where seq = 3'),
    code: 'audit-broken',
    where: 'events 3 to 3 are missing',
    needsPeople: 'inconsistent',
  },
  {
    title: 'an event of the audit log says something else',
    harm: (d) => d.run("update audit_events set actor_name = 'mallory' where seq = 2"),
    code: 'audit-broken',
    where: 'event 2 was changed',
    needsPeople: 'inconsistent',
  },
  {
    title: 'the row of a channel is dropped',
    harm: (d) => d.run('delete from channels'),
    code: 'channel-missing',
    where: 'main',
  },
  {
    title: 'a channel has another name than it was given',
    harm: (d) => d.run("update channels set name = 'mein'"),
    code: 'channel-missing',
    where: 'main',
  },
  {
    title: 'a channel is open to others than it was made for',
    harm: (d) => d.run("update channels set privacy = 'authenticated'"),
    code: 'channel-differs',
    where: 'main',
    needsPeople: 'inconsistent',
    closed: true,
  },
  {
    title: 'the row of a policy is dropped',
    harm: (d) => d.run('delete from policies'),
    code: 'policy-differs',
    where: 'policy ',
  },
  {
    title: 'the text of a policy cannot be read',
    harm: (d) => d.run('update policies set document = substr(document, 1, 20)'),
    code: 'policy-differs',
    where: 'policy no-gpl',
  },
  {
    title: 'the last version of a policy is dropped',
    harm: (d) => d.run('delete from policy_versions'),
    code: 'policy-differs',
    where: 'policy no-gpl',
  },
  {
    title: 'the row of a past revision is dropped',
    harm: (d) => d.run('delete from revisions where number = 2'),
    code: 'foreign-key-broken',
    where: 'revision_subdirs',
  },
  {
    title: 'the maps of a subdir of a past revision are dropped',
    harm: (d) => d.run("delete from revision_subdirs where number = 3 and subdir = 'noarch'"),
    code: 'index-missing',
    where: 'main@3/noarch',
  },
  {
    title: 'a row says another name than its record',
    harm: (d) => d.run(`update channel_files set name = 'nump' where filename = '${NUMPY}'`),
    code: 'record-without-row',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'a row says another licence than its record',
    harm: (d) => d.run("update channel_files set licence = 'MIT' where filename = 'numpy-2.0-0.conda'"),
    code: 'record-differs',
    where: 'main/linux-64/numpy-2.0-0.conda',
  },
  {
    title: 'an index is said to be of another subdir than it is',
    harm: (d) =>
      d.run("update revision_subdirs set subdir = 'win-64' where number = 4 and subdir = 'noarch'"),
    code: 'index-corrupt',
    where: 'main/win-64',
  },
  {
    title: 'a revision is said to be younger than the one after it',
    harm: (d) => d.run('update revisions set created_at = created_at + 86400000 where number = 2'),
    code: 'revision-order',
    where: 'main',
  },
  {
    title: 'it is not known when a revision was served',
    harm: (d) => d.run('delete from serving_periods where number = 2'),
    code: 'serving-differs',
    where: 'main',
  },
  {
    title: 'it is not known that the newest revision is served',
    harm: (d) => d.run('delete from serving_periods where number = (select revision from channels)'),
    code: 'serving-differs',
    where: 'main',
  },
  {
    title: 'a revision is said to have been served in place of another',
    harm: (d) => d.run('update serving_periods set number = 3 where number = 2'),
    code: 'serving-differs',
    where: 'main',
  },
  {
    title: 'a group is dropped that somebody is a member of',
    harm: (d) =>
      d.run(
        "insert into group_members (group_id, user_id, permission, source, created_at) select 'gone', id, 'read', 'local', 1 from users limit 1",
      ),
    code: 'foreign-key-broken',
    where: 'group_members',
  },
  {
    title: 'the assignment of a policy is dropped',
    harm: (d) => d.run('delete from policy_assignments'),
    code: 'decision-differs',
    where: 'main/linux-64/numpy-2.0-0.conda',
    needsPeople: 'inconsistent',
  },
  {
    title: 'the database states another size of a package',
    harm: (d) => d.run(`update artifacts set size = 7 where sha256 = '${d.package(NUMPY)}'`),
    code: 'artifact-differs',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'a served shard is gone',
    harm: (d) => d.remove(d.shard('served', 'linux-64', 'numpy')),
    code: 'shard-missing',
    where: 'main/linux-64/numpy',
  },
  {
    title: 'one byte of a served shard is wrong',
    harm: (d) => d.flip(d.shard('served', 'linux-64', 'numpy')),
    code: 'shard-corrupt',
    where: 'main/linux-64/numpy',
  },
  {
    title: 'one byte of a contents shard is wrong',
    harm: (d) => d.flip(d.shard('contents', 'linux-64', 'numpy')),
    code: 'shard-corrupt',
    where: 'main/linux-64/numpy',
  },
  {
    title: 'a shard of contents and served alike is gone',
    harm: (d) => d.remove(d.shard('contents', 'noarch', 'six')),
    code: 'shard-missing',
    where: 'main/noarch/six',
  },
  {
    title: 'the served index is gone',
    harm: (d) => d.remove(d.index('served', 'linux-64')),
    code: 'index-missing',
    where: 'main/linux-64',
  },
  {
    title: 'one byte of the contents index is wrong',
    harm: (d) => d.flip(d.index('contents', 'linux-64')),
    code: 'index-corrupt',
    where: 'main/linux-64',
  },
  {
    title: 'both indexes are gone',
    harm: (d) => {
      const [contents, served] = [d.index('contents', 'linux-64'), d.index('served', 'linux-64')]
      d.remove(contents)
      d.remove(served)
    },
    code: 'index-missing',
    where: 'main/linux-64',
  },
  {
    title: 'a revision points at a digest that is no blob',
    harm: (d) =>
      d.run(
        `update revision_subdirs set served_sha256 = '${'ab'.repeat(32)}' where subdir = 'linux-64' and number = (select revision from channels)`,
      ),
    code: 'index-missing',
    where: 'main/linux-64',
  },
  {
    title: 'a revision points at the index of another subdir',
    harm: (d) =>
      d.run(
        `update revision_subdirs set contents_sha256 = '${d.index('contents', 'noarch')}' where subdir = 'linux-64' and number = (select revision from channels)`,
      ),
    code: 'index-corrupt',
    where: 'main/linux-64',
  },
  {
    title: 'the served index lets through what was denied',
    harm: (d) =>
      d.run(
        "update revision_subdirs set served_sha256 = contents_sha256 where subdir = 'linux-64' and number = (select revision from channels)",
      ),
    code: 'served-differs',
    where: 'main/linux-64/numpy-2.0-0.conda',
  },
  {
    title: 'an old revision points at a digest that is no blob',
    harm: (d) => d.run(`update revision_subdirs set contents_sha256 = '${'cd'.repeat(32)}' where number = 2`),
    code: 'index-missing',
    where: 'main@2/linux-64',
  },
  {
    title: 'the row of the current revision is dropped',
    harm: (d) => {
      d.run('delete from revision_subdirs where number = (select revision from channels)')
      d.run('delete from revision_files where number = (select revision from channels)')
      d.run('delete from revisions where number = (select revision from channels)')
    },
    code: 'revision-missing',
    where: 'main',
  },
  {
    title: 'one byte of repodata.json is wrong',
    harm: (d) => d.flip(d.rendered('noarch', 'repodata.json')),
    code: 'rendered-file-corrupt',
    where: 'main@4/noarch/repodata.json',
  },
  {
    title: 'repodata.json.zst is gone',
    harm: (d) => d.remove(d.rendered('linux-64', 'repodata.json.zst')),
    code: 'rendered-file-missing',
    where: '/linux-64/repodata.json.zst',
  },
  {
    title: 'the row of a rendered file is dropped',
    harm: (d) =>
      d.run("delete from revision_files where subdir = 'noarch' and filename = 'repodata.json.gz'"),
    code: 'not-rendered',
    where: 'main/noarch/repodata.json',
  },
  {
    title: 'repodata.json is that of an earlier revision',
    harm: (d) =>
      d.run(
        `update revision_files set sha256 = (select sha256 from revision_files where subdir = 'noarch' and filename = 'repodata.json' and number = 3), size = (select size from revision_files where subdir = 'noarch' and filename = 'repodata.json' and number = 3) where subdir = 'noarch' and filename = 'repodata.json' and number = 4`,
      ),
    code: 'rendered-file-differs',
    where: 'main/noarch/repodata.json',
  },
  {
    title: 'the row of a file is dropped',
    harm: (d) => d.run(`delete from channel_files where filename = '${NUMPY}'`),
    code: 'record-without-row',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'the rows of a file and of its bytes are dropped',
    harm: (d) => {
      d.run(`delete from artifacts where sha256 = '${d.package(NUMPY)}'`)
      d.run(`delete from channel_files where filename = '${NUMPY}'`)
    },
    code: 'record-without-row',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'a row says another version than its record',
    harm: (d) => d.run(`update channel_files set version = '9' where filename = '${NUMPY}'`),
    code: 'record-differs',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'what was decided of a file is forgotten',
    harm: (d) => d.run(`update channel_files set effect = null where filename = '${NUMPY}'`),
    code: 'file-undecided',
    where: `main/linux-64/${NUMPY}`,
  },
  {
    title: 'the counts of a revision are wrong',
    harm: (d) => d.run('update revision_subdirs set served_count = 40'),
    code: 'count-differs',
    where: 'main/linux-64',
  },
  {
    title: 'the right to a shard is dropped',
    harm: (d) => d.run(`delete from served_shards where sha256 = '${d.shard('served', 'noarch', 'six')}'`),
    code: 'shard-not-granted',
    where: 'main/noarch/six',
  },
  {
    title: 'stale names have no job',
    harm: (d) =>
      d.run(
        `insert into stale_names (channel_id, name, mark, cause) select id, 'six', 'm', '{"kind":"mapping"}' from channels`,
      ),
    code: 'not-scheduled',
    where: 'main',
  },
  {
    title: 'all of a channel is stale, and has no job',
    harm: (d) =>
      d.run(
        `insert into stale_channels (channel_id, holder_id, mark, cause) select id, id, 'm', '{"kind":"mapping"}' from channels`,
      ),
    code: 'not-scheduled',
    where: 'main',
  },
  {
    title: 'a table is dropped',
    harm: (d) => d.drop('served_shards'),
    code: 'database-corrupt',
    where: 'the table served_shards is gone',
    needsPeople: 'corrupt',
    closed: true,
  },
  {
    title: 'a file is in the place of a folder of blobs',
    harm: (d) => d.putFileInPlaceOfFolderOf(d.shard('served', 'linux-64', 'numpy')),
    code: 'stray-file',
    where: 'blobs/sha256/',
  },
  {
    title: 'a stray file lies among the blobs',
    harm: (d) => d.write('blobs/sha256/ab/notes.txt', 'hello'),
    code: 'stray-file',
    where: 'blobs/sha256/ab/notes.txt',
  },
]
