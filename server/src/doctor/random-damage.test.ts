/**
 * Any damage to any file and any row ends in one of two ways: a check finds and names it, and after a repair nobody gets
 * another thing than was promised; or there is nothing it could be compared with, and then it stands in the lists below,
 * which are what this storage cannot know of itself. `npm run test:damage -- --runs N` does it N times, with `--postgres`
 * on PostgreSQL and a bucket.
 */
import { afterAll, beforeAll, expect, test as everyTest } from 'vitest'
import { readConfiguration } from '../platform/configuration.ts'
import { startTestApp } from '../testing/test-app.ts'
import { testServer } from '../testing/test-database.ts'
import { runFsck } from './fsck-verb.ts'
import { EmbeddedPlace, SharedPlace, type DamagedPlace } from './testing/damaged-place.ts'
import { takeAnswers, wrongAnswers, type Answers, type Asked } from './testing/answers.ts'
import { fillWorld } from './testing/full-world.ts'
import { harmOnce, Random, tablesOf, type Harmed, type Rows } from './testing/random-damage.ts'

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

let place: DamagedPlace
let asked: Asked
let promised: Answers
let startAt: Date
beforeAll(async () => {
  if (runs === 0) return
  startAt = new Date()
  place = testServer() === undefined ? new EmbeddedPlace() : await SharedPlace.start()
  const t = await startTestApp({ ...place.options, startAt })
  await fillWorld(t)
  await t.stop()
  asked = await place.onRows(listAddresses)
  promised = await ask()
  await place.keep()
}, 600_000)
afterAll(() => (runs === 0 ? undefined : place.close()))

/** Of files with which a server can do as before, bucket or not: they are for people. */
const STRAY = 8

test('whatever is damaged is found, and nobody gets another thing than was promised', async () => {
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    await place.restore()
    const random = new Random(seed)
    const harmed = await place.onRows((rows) => harmOnce({ files: place.files, rows, random }))
    const story = `DAMAGE_SEED=${seed}: ${harmed.kind}: ${harmed.what}`

    // of blobs nobody ever gets wrong bytes, whether somebody looked at them or not
    if (harmed.kind.startsWith('blob ')) expect(wrongAnswers(promised, await ask()), story).toEqual([])
    const found = await fsck(false)
    const lines = [story, ...found.lines].join('\n')
    expect(found.code, lines).not.toBe(32)
    if (hasSecondSource(harmed)) expect(found.isNamed, lines).toBe(true)
    if (!found.isNamed) continue

    const mended = await fsck(true)
    const again = await fsck(false)
    const whole = [lines, '-- repair', ...mended.lines, '-- again', ...again.lines].join('\n')
    expect(mended.code, whole).not.toBe(32)
    // whoever repaired was told of everything that is left
    expect(again.code & ~mended.code, whole).toBe(0)
    if ((mended.code & ~STRAY) === 0) expect(wrongAnswers(promised, await ask()), whole).toEqual([])
  }
}, 7_200_000)

async function fsck(repair: boolean): Promise<{ code: number; isNamed: boolean; lines: readonly string[] }> {
  const lines: string[] = []
  const note = (text: string): void => void lines.push(text)
  const configuration = readConfiguration({
    environment: {},
    arguments: {
      data: place.data,
      mirror_folders: [place.options.folder],
      ...place.options.configuration,
    },
  })
  const code = await runFsck(
    { configuration, quick: false, json: false, repair },
    { line: note, error: note },
  )
  return { code, isNamed: lines.some((line) => line.endsWith(')')), lines }
}

async function ask(): Promise<Answers> {
  const t = await startTestApp({ ...place.options, startAt })
  const answers = await takeAnswers(t, asked)
  await t.stop()
  return answers
}

/** Of all channels at all of their revisions, and of all files that were ever there. */
async function listAddresses(rows: Rows): Promise<Asked> {
  const subdirs = ['noarch', 'linux-64']
  const channels = await rows.query('select name, newest_revision as newest from channels order by name')
  const places = channels.flatMap(({ name, newest }) =>
    [
      String(name),
      ...Array.from({ length: Number(newest) }, (_, index) => `${String(name)}@${index + 1}`),
    ].flatMap((channel) => subdirs.map((subdir) => ({ channel, subdir }))),
  )
  const files = await rows.query(
    `select name || '/' || subdir || '/' || filename as file from
     (select channels.name, subdir, filename from channel_files join channels on channels.id = channel_id) as files`,
  )
  const tables = new Set(await tablesOf(rows))
  for (const table of TABLES_WITHOUT_SECOND_SOURCE)
    if (!tables.has(table)) throw new Error(`there is no table ${table}`)
  return { places, files: files.map(({ file }) => String(file)) }
}
