/**
 * Gathers what a decision may look at. The index builder and the download gate both come here, so equal
 * files get equal facts wherever they are judged.
 */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { findArtifacts } from '../artifacts/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { findVulnerabilities } from '../vulnerabilities/find-vulnerabilities.ts'
import { toVulnerabilityFacts } from '../vulnerabilities/vulnerability-fact.ts'

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
  const facts = new Map<string, ArtifactFacts>()
  for (const [name, named] of Map.groupBy(files, (file) => file.name)) {
    const versions = [...new Set(named.map((file) => file.version))]
    const found = await findVulnerabilities(db, name, versions)
    for (const file of named) {
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
        firstSeenMs: artifacts.get(file.sha256)?.firstSeenMs ?? file.addedAt.getTime(),
        ...(file.noarch === null ? {} : { noarch: file.noarch }),
        origin: { kind: file.origin.kind, name: file.origin.name },
        vulnerabilities: toVulnerabilityFacts(found.get(file.version) ?? [], file.subdir),
      })
    }
  }
  return facts
}
