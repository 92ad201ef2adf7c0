/**
 * Gathers what a decision may look at. The index builder and the download gate both come here, so equal
 * files get equal facts wherever they are judged.
 */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { findPresentFiles, listSubdirVersions, type SubdirVersion } from '../channels/list-contents.ts'
import { findInspections, findTraits } from '../artifacts/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { findVouchers, type Vouchers } from '../signatures/find-vouchers.ts'
import { readBuildFacts, type BuildFacts } from '../vulnerabilities/build-facts.ts'
import type { CuratedFile } from '../vulnerabilities/curation/curation.ts'
import { findKnowledge } from '../vulnerabilities/find-vulnerabilities.ts'
import { toVulnerabilityFacts } from '../vulnerabilities/vulnerability-fact.ts'
import { FixedVersions } from './fixed-versions.ts'

/** Facts by file id, for files of one channel. */
export async function gatherFacts(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<Map<string, ArtifactFacts>> {
  const traits = await findTraits(
    db,
    files.map((file) => file.sha256),
  )
  const twins = await findTwins(db, channel, files)
  const vouchersOf = await findVouchers(
    db,
    channel.id,
    files.map(({ filename }) => filename),
  )
  const byName = Map.groupBy(files, (file) => file.name)
  let offered: ReadonlyMap<string, readonly SubdirVersion[]> = new Map()
  const knowledge = await findKnowledge(db, [...byName.keys()], async (concerned) => {
    offered = await listSubdirVersions(db, channel.id, concerned)
    return new Map(
      concerned.map((name) => {
        const all = [...(offered.get(name) ?? []), ...(byName.get(name) ?? [])]
        return [name, all.map(({ version }) => version)]
      }),
    )
  })
  const matched = files.filter(
    ({ name, version }) => (knowledge.get(name)?.found.get(version) ?? []).length > 0,
  )
  const builds = await findBuildFacts(db, matched)
  const facts = new Map<string, ArtifactFacts>()
  for (const [name, named] of byName) {
    const { state, found, curations } = knowledge.get(name)! // there is one for each name
    const fixes = new FixedVersions(found, offered.get(name) ?? [])
    for (const file of named) {
      const artifact = traits.get(file.sha256)
      const own = {
        firstSeenMs: artifact?.firstSeenMs ?? file.addedAt.getTime(),
        unmapped: state === 'unmapped',
        linkScripts: artifact?.linkScripts ?? false,
        executablesInNoarch: artifact?.executablesInNoarch ?? false,
        legacyDuplicate: twins.has(`${file.subdir}/${file.filename}`),
        vouchers: vouchersOf(file),
      }
      facts.set(file.id, {
        ...factsOfFile(channel, file, own),
        vulnerabilities: toVulnerabilityFacts(found.get(file.version) ?? [], {
          subdir: file.subdir,
          build: builds.get(file.sha256),
          curated: { file: curatedFile(channel, file), curations },
        }).map((fact) => ({
          ...fact,
          fixedInChannel: fixes.above(file.version, file.subdir, fact.id),
        })),
      })
    }
  }
  return facts
}

/** A file as curations ask about it. */
export function curatedFile(channel: Pick<Channel, 'name'>, file: ChannelFile): CuratedFile {
  const { name, version, build, buildNumber, subdir, sha256 } = file
  return { name, version, build, buildNumber, subdir, channel: channel.name, sha256 }
}

/** What of a file goes into its facts. */
export type FactSource = Pick<
  ChannelFile,
  | 'subdir'
  | 'filename'
  | 'name'
  | 'version'
  | 'build'
  | 'buildNumber'
  | 'size'
  | 'licence'
  | 'licenceFamily'
  | 'builtAtMs'
  | 'noarch'
  | 'origin'
>

/** What a decision may look at, but for vulnerabilities: one place, so that previews and decisions agree. */
export function factsOfFile(
  channel: Channel,
  file: FactSource,
  {
    vouchers,
    ...own
  }: Pick<
    ArtifactFacts,
    'firstSeenMs' | 'unmapped' | 'linkScripts' | 'executablesInNoarch' | 'legacyDuplicate'
  > & { readonly vouchers: Vouchers },
): Omit<ArtifactFacts, 'vulnerabilities'> {
  return {
    ...own,
    channel: channel.name,
    subdir: file.subdir,
    filename: file.filename,
    name: file.name,
    version: file.version,
    build: file.build,
    buildNumber: file.buildNumber,
    size: file.size,
    licence: file.licence,
    licenceFamily: file.licenceFamily,
    timestampMs: file.builtAtMs,
    ...(file.noarch === null ? {} : { noarch: file.noarch }),
    origin: file.origin,
    signed: vouchers.signed.holds,
    signedWhy: vouchers.signed.why,
    attested: vouchers.attested.holds,
    attestedWhy: vouchers.attested.why,
  }
}

/** The `.tar.bz2` among the files that have a `.conda` of the same build beside them, as `subdir/filename`. */
async function findTwins(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<ReadonlySet<string>> {
  const legacy = files.filter(({ filename }) => filename.endsWith('.tar.bz2'))
  const twins = legacy.map(({ subdir, filename }) => ({
    subdir,
    filename: filename.replace(/\.tar\.bz2$/, '.conda'),
  }))
  const present = await findPresentFiles(db, channel.id, twins)
  return new Set(
    legacy
      .filter((_, index) => present.has(`${twins[index]?.subdir}/${twins[index]?.filename}`))
      .map(({ subdir, filename }) => `${subdir}/${filename}`),
  )
}

/** What is inside a package counts only where something is known against its version, and is read only then. */
async function findBuildFacts(db: Db, files: readonly ChannelFile[]): Promise<Map<string, BuildFacts>> {
  const inspections = await findInspections(
    db,
    files.map((file) => file.sha256),
  )
  return new Map([...inspections].map(([sha256, inspection]) => [sha256, readBuildFacts(inspection)]))
}
