/**
 * Holds the shape of the repository: who may import whom, no cycles, no barrel files, who writes which
 * table. docs/ARCHITECTURE.md explains it to people. A new arrow is a line in `allowedArrows` with its
 * reason, and a sentence in the commit.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findCycles, readSourceFiles, ROOT } from '../../scripts/source-files.ts'

/** Imports point down this list, never up. A part is a folder of server/src, or a file right in it. */
const layers: readonly (readonly string[])[] = [
  ['main.ts'],
  ['start-server.ts'],
  ['app.ts'],
  ['request-guard.ts'],
  ['parts.ts', 'job-handlers.ts', 'system-routes.ts', 'job-routes.ts', 'web-routes.ts', 'audit-routes.ts'],
  ['doctor', 'metrics'],
  ['previews', 'repodata', 'mirrors'],
  ['channels', 'artifacts', 'vulnerabilities', 'policies', 'signatures'],
  ['identity'],
  ['audit', 'blobs', 'jobs', 'downloads'],
  ['vocabulary'],
  ['platform', 'release.ts'],
  ['db'],
]

interface Arrow {
  readonly from: string
  /** A part, or one file of it when only that file may be used. */
  readonly to: string
  readonly reason: string
}

/** Between neighbours of one layer nothing is allowed but this; nor upwards. */
const allowedArrows: readonly Arrow[] = [
  { from: 'audit', to: 'jobs', reason: 'the scheduled export puts its next run into the queue' },
  { from: 'artifacts', to: 'channels', reason: 'an upload ends with the file named in a channel' },
  {
    from: 'policies',
    to: 'channels',
    reason: 'a policy is assigned to a channel, and makes its names stale',
  },
  { from: 'signatures', to: 'channels', reason: 'a key that is trusted or dropped makes names stale' },
  { from: 'artifacts', to: 'signatures', reason: 'an upload takes the place of a record and its signatures' },
  { from: 'vulnerabilities', to: 'channels', reason: 'an import makes names stale wherever they are held' },
  {
    from: 'previews',
    to: 'repodata/gather-facts.ts',
    reason: 'a preview rests on the same facts as the index and the gate',
  },
  {
    from: 'previews',
    to: 'repodata/judge-files.ts',
    reason: 'a preview of a virtual channel asks its members and itself as publishing does',
  },
  {
    from: 'channels',
    to: 'policies/policy.ts',
    reason: 'a file keeps the effect of its last decision; only the type is needed',
  },
  {
    from: 'parts.ts',
    to: 'job-handlers.ts',
    reason: 'the runner is a part and needs the table of all handlers',
  },
  {
    from: 'system-routes.ts',
    to: 'parts.ts',
    reason: 'what machines ask about the server concerns all of its parts',
  },
  {
    from: 'platform',
    to: 'vocabulary/errors.ts',
    reason: 'to refuse takes AppError, at the database and at the socket too; no other word is known there',
  },
  {
    from: 'db',
    to: 'platform',
    reason: 'describe-schema.ts runs the migrations on a database opened as the product opens it',
  },
]

/** Only its owner writes a table. */
const tableOwners: Readonly<Record<string, readonly string[]>> = {
  artifacts: ['artifacts', 'damaged_artifacts'],
  audit: ['audit_events', 'audit_head'],
  channels: [
    'channels',
    'channel_files',
    'channel_changes',
    'channel_notices',
    'stale_channels',
    'stale_names',
    'fact_marks',
    'settings',
    'serving_periods',
    'virtual_members',
    'virtual_pins',
    'lost_names',
  ],
  identity: [
    'users',
    'user_identities',
    'tokens',
    'sessions',
    'groups',
    'group_members',
    'roles',
    'role_grants',
    'channel_shares',
    'access_epoch',
    'recovery_codes',
    'invitations',
    'provider_sessions',
    'used_assertions',
    'trust_rules',
  ],
  blobs: ['condemned_blobs'],
  doctor: ['storage_findings'],
  downloads: ['file_requests'],
  jobs: ['jobs'],
  mirrors: ['mirrors', 'mirror_rejections'],
  policies: [
    'policies',
    'policy_versions',
    'policy_assignments',
    'policy_exceptions',
    'explaining_channels',
    'decision_changes',
    'decision_inputs',
  ],
  signatures: ['trusted_keys', 'record_signatures', 'attestations'],
  repodata: ['revisions', 'revision_names', 'revision_subdirs', 'revision_files', 'served_shards'],
  vulnerabilities: [
    'advisories',
    'advisory_affected',
    'advisory_imports',
    'advisory_names',
    'advisory_sources',
    'advisory_versions',
    'curation_events',
    'curations',
    'epss_scores',
    'identity_links',
    'import_effects',
    'import_faults',
    'identity_rulings',
    'kev_entries',
    'past_matches',
    'vulnerabilities',
    'vulnerability_changes',
    'vulnerability_matches',
  ],
}

const all = ['conda/src', 'server/src', 'cli/src', 'web/src', 'api'].flatMap(readSourceFiles)
/** What ships: tests and what they build their world with may import anything. */
const shipped = all.filter(({ path }) => !isForTests(path))

function isForTests(path: string): boolean {
  return /\.test\.tsx?$|(?:^|\/)testing\/|-cases\.ts$/.test(path)
}

/** `server/src/mirrors/routes.ts` as `mirrors`, `server/src/app.ts` as `app.ts`. */
function partOf(path: string): string {
  return relative('server/src', path).split(sep)[0] ?? ''
}

function withinServer(path: string): string {
  return path.replace('server/src/', '')
}

function layerOf(part: string): number {
  const found = layers.findIndex((layer) => layer.includes(part))
  if (found < 0) throw new Error(`server/src/${part} has no layer: add it to the list`)
  return found
}

function covers(arrow: Arrow, from: string, target: string): boolean {
  return arrow.from === from && (arrow.to === partOf(target) || arrow.to === withinServer(target))
}

const serverFiles = shipped.filter(({ path }) => path.startsWith('server/src/'))
/** Imports of another part that do not simply point down. */
const needingLeave = serverFiles.flatMap(({ path, imports }) =>
  imports
    .filter(({ target }) => target.startsWith('server/src/') && partOf(target) !== partOf(path))
    .filter(({ target }) => layerOf(partOf(target)) <= layerOf(partOf(path)))
    .map(({ target }) => ({ path, from: partOf(path), target })),
)

describe('who may use whom', () => {
  test('imports of the server point down, or along an arrow with a reason', () => {
    const refused = needingLeave.filter(
      ({ from, target }) => !allowedArrows.some((arrow) => covers(arrow, from, target)),
    )
    expect(refused.map(({ path, target }) => `${path} imports ${target}`)).toEqual([])
  })

  test('every arrow is in use', () => {
    const idle = allowedArrows.filter(
      (arrow) => !needingLeave.some(({ from, target }) => covers(arrow, from, target)),
    )
    expect(idle).toEqual([])
  })

  const own = /^(?:conda|server|cli|web|api)\/|^@terrarium\//
  test.each([
    ['conda', /^conda\//, 'the formats are for everybody, with or without the server'],
    ['server', /^(?:server|conda)\//, 'the server knows no client'],
    ['cli', /^(?:cli|conda)\/|^@terrarium\/api\//, 'the demo starts the server by its path'],
    ['web', /^(?:web|conda)\/|^@terrarium\/api\//, 'all it knows of the server is its REST interface'],
    ['api', /^api\//, 'types, made from openapi.json'],
  ])('%s imports of ours only what it may', (workspace, allowed) => {
    const refused = shipped
      .filter(({ path }) => path.startsWith(`${workspace}/`))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ target }) => own.test(target) && !allowed.test(target))
          .map(({ target }) => `${path} imports ${target}`),
      )
    expect(refused).toEqual([])
  })

  test('what ships does not import what is for tests', () => {
    const refused = shipped.flatMap(({ path, imports }) =>
      imports.filter(({ target }) => isForTests(target)).map(({ target }) => `${path} imports ${target}`),
    )
    expect(refused).toEqual([])
  })

  test('a package that is imported stands in the package.json of the workspace', () => {
    const refused = shipped.flatMap(({ path, imports }) => {
      const workspace = path.split('/')[0] ?? ''
      const known = declaredDependencies(workspace)
      return imports
        .filter(({ target }) => !/^node:|^#|\.(?:css|svg)$/.test(target) && !own.test(target))
        .map(({ target }) => packageName(target))
        .filter((name) => !known.has(name))
        .map((name) => `${path} imports ${name}`)
    })
    expect(refused).toEqual([])
  })
})

function declaredDependencies(workspace: string): ReadonlySet<string> {
  const file = join(ROOT, workspace, 'package.json')
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> }
  return new Set(Object.keys(dependencies ?? {}))
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

describe('no cycles between files', () => {
  test('none of what runs', () => {
    expect(findCycles(shipped, ({ typeOnly }) => !typeOnly)).toEqual([])
  })

  test('none through types but those to mend', () => {
    // not web's: its router learns the types of the pages from the pages that use it
    const checked = shipped.filter(({ path }) => !path.startsWith('web/'))
    expect(findCycles(checked, () => true)).toEqual([])
  })
})

test('there is no barrel file but the front doors of conda', () => {
  const barrels = shipped
    .filter(({ path }) => path !== 'conda/src/index.ts' && path !== 'conda/src/node.ts')
    .filter(({ text }) => {
      const statements = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, '').match(/^\S/gm)?.length ?? 0
      const forwarded =
        text.match(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as\s+\w+\s*)?from\s/gm)?.length ?? 0
      return forwarded > 0 && forwarded === statements
    })
  expect(barrels.map(({ path }) => path)).toEqual([])
})

describe('tables', () => {
  const schema = readFileSync(join(ROOT, 'server/src/db/schema.gen.ts'), 'utf8')
  const tables = [...schema.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => name ?? '')

  test('every table has one owner', () => {
    expect(Object.values(tableOwners).flat().sort()).toEqual([...tables].sort())
  })

  test('only its owner writes a table', () => {
    const WRITE =
      /(?:insertInto|updateTable|deleteFrom|replaceInto|mergeInto)\(\s*'(\w+)|\b(?:insert into|delete from|update)\s+(\w+)\s+(?:\(|set|where)/g
    // but migrations, which fill what they make
    const writers = serverFiles.filter(({ path }) => !path.includes('/db/migrations/'))
    const refused = writers.flatMap(({ path, text }) =>
      [...text.matchAll(WRITE)]
        .map(([, builder, sql]) => builder ?? sql ?? '')
        .filter((table) => tables.includes(table) && !tableOwners[partOf(path)]?.includes(table))
        .map((table) => `${path} writes ${table}`),
    )
    expect(refused).toEqual([])
  })

  test('docs/ARCHITECTURE.md names every table and its owner', () => {
    const text = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` +\| `(\w+)\/` +\|/gm)].map(
      ([, table, owner]) => `${owner}.${table}`,
    )
    const expected = Object.entries(tableOwners).flatMap(([owner, own]) =>
      own.map((table) => `${owner}.${table}`),
    )
    expect(rows.sort()).toEqual(expected.sort())
  })
})

test('every part of the trade has a README of its own, which names its tables', () => {
  const parts = layers.slice(layers.findIndex((layer) => layer.includes('doctor'))).flat()
  const others = ['vocabulary', 'platform', 'release.ts', 'db']
  const faults = parts
    .filter((part) => !others.includes(part))
    .flatMap((part) => {
      const file = join(ROOT, 'server/src', part, 'README.md')
      if (!existsSync(file)) return [`${part} has no README`]
      const text = readFileSync(file, 'utf8')
      return (tableOwners[part] ?? [])
        .filter((table) => !text.includes(`\`${table}\``))
        .map((table) => `${part}/README.md does not name ${table}`)
    })
  expect(faults).toEqual([])
})

test('every layer is made of what is there', () => {
  const there = readdirSync(join(ROOT, 'server/src'))
  expect(layers.flat().filter((part) => !there.includes(part))).toEqual([])
})
