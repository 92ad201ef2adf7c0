/**
 * Gathers what a decision may look at. The index builder and the download gate both come here, so equal
 * files get equal facts wherever they are judged.
 */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { findPresentFiles, listSubdirVersions, type SubdirVersion } from '../channels/list-contents.ts'
import { findArtifacts, findInspections } from '../artifacts/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ArtifactFacts, VulnerabilityFact } from '../policies/facts.ts'
import { readBuildFacts, type BuildFacts } from '../vulnerabilities/build-facts.ts'
import { findVulnerabilities } from '../vulnerabilities/find-vulnerabilities.ts'
import { findIdentities } from '../vulnerabilities/store.ts'
import { toVulnerabilityFacts, type Match } from '../vulnerabilities/vulnerability-fact.ts'

const SHOWN_FIXES = 3

/** Facts by file id, for files of one channel. */
export async function gatherFacts(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<Map<string, ArtifactFacts>> {
  const artifacts = await findArtifacts(
    db,
    files.map((file) => file.sha256),
  )
  const twins = await findTwins(db, channel, files)
  const byName = Map.groupBy(files, (file) => file.name)
  const offered = await listSubdirVersions(db, channel.id, [...byName.keys()])
  const facts = new Map<string, ArtifactFacts>()
  for (const [name, named] of byName) {
    const there = offered.get(name) ?? []
    const versions = new Set([...there, ...named].map(({ version }) => version))
    const found = await findVulnerabilities(db, name, [...versions])
    const { state } = await findIdentities(db, name)
    const vulnerabilities = vulnerabilityFacts(found, there)
    const matched = named.filter((file) => (found.get(file.version) ?? []).length > 0)
    const builds = await findBuildFacts(db, matched)
    for (const file of named) {
      const artifact = artifacts.get(file.sha256)
      facts.set(file.id, {
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
        firstSeenMs: artifact?.firstSeenMs ?? file.addedAt.getTime(),
        ...(file.noarch === null ? {} : { noarch: file.noarch }),
        origin: file.origin,
        unmapped: state === 'unmapped',
        // nothing here verifies signatures or attestations yet
        signed: false,
        attested: false,
        linkScripts: artifact?.linkScripts ?? false,
        executablesInNoarch: artifact?.executablesInNoarch ?? false,
        legacyDuplicate: twins.has(`${file.subdir}/${file.filename}`),
        vulnerabilities: vulnerabilities(file, builds.get(file.sha256)),
      })
    }
  }
  return facts
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

/** The vulnerability facts of a file; what builds of a version share is made once. */
function vulnerabilityFacts(
  found: ReadonlyMap<string, readonly Match[]>,
  offered: readonly SubdirVersion[],
): (
  file: Pick<ChannelFile, 'version' | 'subdir'>,
  build: BuildFacts | undefined,
) => readonly VulnerabilityFact[] {
  const newerOnes = new Map<string, readonly SubdirVersion[]>()
  const fixes = new Map<string, readonly string[]>()
  return ({ version, subdir }, build) =>
    toVulnerabilityFacts(found.get(version) ?? [], { subdir, build }).map((fact) => {
      const place = `${subdir}/${version}`
      const newer = newerOnes.get(place) ?? newerVersions(offered, version, subdir)
      newerOnes.set(place, newer)
      const fixedInChannel = fixes.get(`${place}/${fact.id}`) ?? fixedVersions(found, newer, fact.id)
      fixes.set(`${place}/${fact.id}`, fixedInChannel)
      return { ...fact, fixedInChannel }
    })
}

function fixedVersions(
  found: ReadonlyMap<string, readonly Match[]>,
  newer: readonly SubdirVersion[],
  id: string,
): readonly string[] {
  return newer
    .filter((other) => !concerns(found.get(other.version) ?? [], id, other.subdir))
    .map((other) => other.version)
    .filter((one, index, all) => all.indexOf(one) === index)
    .slice(0, SHOWN_FIXES)
}

function concerns(matches: readonly Match[], id: string, subdir: string): boolean {
  return toVulnerabilityFacts(matches, { subdir }).some((fact) => fact.id === id)
}

/** What the channel has above a version for who uses that subdir, nearest first. */
function newerVersions(
  offered: readonly SubdirVersion[],
  version: string,
  subdir: string,
): readonly SubdirVersion[] {
  return offered
    .filter((other) => other.subdir === subdir || other.subdir === 'noarch' || subdir === 'noarch')
    .filter((other) => compare(other.version, version) > 0)
    .toSorted((a, b) => compare(a.version, b.version))
}

/** An old index may hold versions that no rule orders; they count as lower than any other. */
function compare(a: string, b: string): number {
  try {
    return compareVersions(a, b)
  } catch {
    return -1
  }
}
