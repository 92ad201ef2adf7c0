/**
 * Any damage to any file and any row ends in one of two ways: a check finds and names it, and after a repair nobody gets
 * another thing than was promised; or there is nothing it could be compared with, and then it stands in the lists below,
 * which are what this storage cannot know of itself. `npm run test:damage -- --runs N` does it N times.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test as everyTest } from 'vitest'
import { readConfiguration } from '../platform/configuration.ts'
import { startTestApp } from '../testing/test-app.ts'
import { runFsck } from './fsck-verb.ts'
import { takeAnswers, wrongAnswers, type Answers, type Asked } from './testing/answers.ts'
import { fillWorld } from './testing/full-world.ts'
import { harmOnce, Random, tablesOf, type Harmed } from './testing/random-damage.ts'

const runs = Number(process.env['DAMAGE_RUNS'] ?? '0')
const firstSeed = Number(process.env['DAMAGE_SEED'] ?? '1')
// seconds each: not in every run of all tests
const test = everyTest.skipIf(runs === 0)

/** Facts of their own: no other place says the same, so that a lost row is as one that never was. A backup has them. */
const TABLES_WITHOUT_SECOND_SOURCE = new Set([
  // who may do what, and by which secret
  ...['users', 'user_identities', 'tokens', 'sessions', 'groups', 'group_members', 'roles', 'role_grants'],
  ...[
    'channel_shares',
    'invitations',
    'recovery_codes',
    'provider_sessions',
    'used_assertions',
    'trust_rules',
  ],
  // what people said; where it changes a decision, that is found
  ...[
    'policy_assignments',
    'policy_exceptions',
    'explaining_channels',
    'virtual_members',
    'virtual_pins',
    'lost_names',
  ],
  ...[
    'channel_notices',
    'curations',
    'curation_events',
    'identity_rulings',
    'trusted_keys',
    'attestations',
    'mirrors',
  ],
  // what feeds said; where it changes a decision, that is found
  ...[
    'advisories',
    'advisory_affected',
    'advisory_names',
    'advisory_versions',
    'advisory_imports',
    'identity_links',
  ],
  ...[
    'advisory_sources',
    'import_faults',
    'import_effects',
    'kev_entries',
    'epss_scores',
    'record_signatures',
  ],
  ...['vulnerabilities', 'vulnerability_changes', 'vulnerability_matches', 'past_matches'],
  // what happened once
  ...['jobs', 'file_requests', 'mirror_rejections', 'decision_changes', 'decision_inputs', 'revision_names'],
  ...['damaged_artifacts', 'storage_findings'],
  // made anew when it is needed
  ...['fact_marks', 'settings', 'condemned_blobs'],
])

/** The same for columns of tables that are checked. */
const COLUMNS_WITHOUT_SECOND_SOURCE = new Set([
  // what was found inside a package and when it was first seen: where it changes a decision, that is found
  ...['inspection', 'first_seen_at', 'announced', 'indexed_at', 'link_scripts', 'executables_in_noarch'].map(
    (column) => `artifacts.${column}`,
  ),
  ...['id', 'record_sha256', 'verified_by', 'origin_kind', 'origin_id', 'origin_name', 'decision'].map(
    (column) => `channel_files.${column}`,
  ),
  ...['added_at', 'updated_at', 'next_change_at'].map((column) => `channel_files.${column}`),
  ...['description', 'owner_id', 'created_at', 'updated_at', 'rendered_at', 'keep_days', 'frozen'].map(
    (column) => `channels.${column}`,
  ),
  ...[
    'policies.created_at',
    'policies.updated_at',
    'policies.mirror_id',
    'policies.deleted_at',
    'policies.name',
  ],
  ...['policy_versions.actor_id', 'policy_versions.created_at', 'policy_versions.reason'],
  ...['revisions.created_at', 'revisions.causes', 'served_shards.served_since', 'serving_periods.since'],
  // of a past revision: for lists
  ...['revision_subdirs.contents_count', 'revision_subdirs.served_count', 'serving_periods.number'],
  // a form that clients do without
  ...['revision_files.filename', 'access_epoch.value', 'access_epoch.id', 'audit_head.id'],
  ...['audit_head.exported_seq', 'audit_head.streamed_seq', 'audit_head.updated_at'],
])

function hasSecondSource({ kind }: Harmed): boolean {
  const [what, place = ''] = kind.split(' ')
  const [table = ''] = place.split('.')
  if (what === 'blob') return true
  if (TABLES_WITHOUT_SECOND_SOURCE.has(table)) return false
  // of all forms of a file those are looked for without which clients cannot be
  return what === 'row' ? table !== 'revision_files' : !COLUMNS_WITHOUT_SECOND_SOURCE.has(place)
}

let world = ''
let asked: Asked
let promised: Answers
let startAt: Date
const folder = mkdtempSync(join(tmpdir(), 'terrarium-damage-'))
beforeAll(async () => {
  if (runs === 0) return
  startAt = new Date()
  const t = await startTestApp({ embedded: true, startAt })
  world = t.folder
  await fillWorld(t)
  await t.stop()
  asked = listAddresses()
  promised = await ask(world)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  if (world) rmSync(world, { recursive: true, force: true })
})

test('whatever is damaged is found, and nobody gets another thing than was promised', async () => {
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const run = join(folder, 'run')
    rmSync(run, { recursive: true, force: true })
    cpSync(world, run, { recursive: true, verbatimSymlinks: true })
    const harmed = harm(run, seed)
    const story = `DAMAGE_SEED=${seed}: ${harmed.kind}: ${harmed.what}`

    const found = await fsck(run, false)
    const lines = [story, ...found.lines].join('\n')
    expect(found.code, lines).not.toBe(32)
    if (hasSecondSource(harmed)) expect(found.isNamed, lines).toBe(true)
    if (!found.isNamed) continue

    const mended = await fsck(run, true)
    const again = await fsck(run, false)
    const whole = [lines, '-- repair', ...mended.lines, '-- again', ...again.lines].join('\n')
    expect(mended.code, whole).not.toBe(32)
    // whoever repaired was told of everything that is left
    expect(again.code & ~mended.code, whole).toBe(0)
    if (mended.code === 0) expect(wrongAnswers(promised, await ask(run)), whole).toEqual([])
  }
}, 3_600_000)

function harm(run: string, seed: number): Harmed {
  const db = open(run)
  db.exec('pragma foreign_keys = off')
  try {
    return harmOnce({ data: join(run, 'data'), db, random: new Random(seed) })
  } finally {
    db.close()
  }
}

async function fsck(
  run: string,
  repair: boolean,
): Promise<{ code: number; isNamed: boolean; lines: readonly string[] }> {
  const lines: string[] = []
  const note = (text: string): void => void lines.push(text)
  const configuration = readConfiguration({
    environment: {},
    arguments: { data: join(run, 'data'), mirror_folders: [world] },
  })
  const code = await runFsck(
    { configuration, quick: false, json: false, repair },
    { line: note, error: note },
  )
  return { code, isNamed: lines.some((line) => line.endsWith(')')), lines }
}

async function ask(run: string): Promise<Answers> {
  const t = await startTestApp({ folder: run, embedded: true, startAt, mirrorFolders: [world] })
  const answers = await takeAnswers(t, asked)
  await t.stop()
  return answers
}

/** Of all channels at all of their revisions, and of all files that were ever there. */
function listAddresses(): Asked {
  const db = open(world)
  const subdirs = ['noarch', 'linux-64']
  const channels = db.prepare('select name, newest_revision as newest from channels').all()
  const places = channels.flatMap(({ name, newest }) =>
    [
      String(name),
      ...Array.from({ length: Number(newest) }, (_, index) => `${String(name)}@${index + 1}`),
    ].flatMap((channel) => subdirs.map((subdir) => ({ channel, subdir }))),
  )
  const files = db
    .prepare(
      `select name || '/' || subdir || '/' || filename as file from
       (select channels.name, subdir, filename from channel_files join channels on channels.id = channel_id)`,
    )
    .all()
    .map(({ file }) => String(file))
  const tables = new Set(tablesOf(db))
  db.close()
  for (const table of TABLES_WITHOUT_SECOND_SOURCE)
    if (!tables.has(table)) throw new Error(`there is no table ${table}`)
  return { places, files }
}

function open(run: string): DatabaseSync {
  return new DatabaseSync(join(run, 'data', 'terrarium.db'))
}
