/**
 * What this package offers to others; it runs in Node and in a browser. What needs Node is in node.ts
 * (`@terrarium/conda/node`). Inside the repository, import the file that holds the thing.
 */

// Names and package URLs
export * from './names.ts'
export { formatPurl, InvalidPurlError, parsePurl } from './purl.ts'
export type { CondaPurl } from './purl.ts'

// Versions
export { compareKeys, compareVersions, versionOf, versionSortKey } from './version/compare.ts'
export type { Ordering } from './version/compare.ts'
export { InvalidVersionError, MAX_VERSION_LENGTH, parseVersion } from './version/parse.ts'
export type { Version, VersionComponent, VersionItem } from './version/parse.ts'
export { startsWith } from './version/starts-with.ts'
export { InvalidVersionSpecError } from './version/constraint-tree.ts'
export { MAX_VERSION_SPEC_LENGTH, VersionSpec } from './version/version-spec.ts'

// Match specs
export { MAX_MATCH_SPEC_LENGTH, MatchSpec } from './match-spec/match-spec.ts'
export { InvalidMatchSpecError } from './match-spec/errors.ts'
export type { MatchSpecSyntax, SpecFields } from './match-spec/fields.ts'
export type { MatchableRecord } from './match-spec/matchers.ts'
export { dependencyName } from './match-spec/dependency-name.ts'
export { evaluateCondition, parseCondition } from './match-spec/condition.ts'
export type { Condition } from './match-spec/condition.ts'
export { globMatches } from './match-spec/glob.ts'

// Orders of versions in other ecosystems
export { orderNamed, VERSION_ORDER_IDS } from './orders/order.ts'
export type { VersionKey, VersionOrder, VersionOrderId } from './orders/order.ts'

// Records
export { isJsonArray, isJsonObject, parseJson, stableJson, stringsIn } from './repodata/json-value.ts'
export type { JsonObject, JsonValue } from './repodata/json-value.ts'
export { NEVER_SERVED, recordTimestampMs, toServedRecord } from './repodata/record.ts'
export type { RecordEntry, RepodataRecord } from './repodata/record.ts'
export { checkRecord, isServable } from './repodata/check-record.ts'
export type { RecordProblem, RecordProblemCode } from './repodata/check-record.ts'
export { recordFromIndex } from './repodata/record-from-index.ts'
export { indexedTimestampMs, isBuiltInFuture, withIndexedTimestamp } from './repodata/indexed-timestamp.ts'
export type { IndexedTimestampFacts } from './repodata/indexed-timestamp.ts'
export { badV3Specs, repodataRevisions, sectionOf, v3Key } from './repodata/v3.ts'

// repodata.json, current_repodata.json and patch instructions
export { InvalidRepodataError, scanRepodata } from './repodata/scan-repodata.ts'
export type {
  MalformedRecord,
  RecordSection,
  RepodataFault,
  RepodataScan,
  ScannedRecord,
} from './repodata/scan-repodata.ts'
export { renderRecord, renderRepodata, sortedEntries } from './repodata/render-repodata.ts'
export type { RepodataContent } from './repodata/render-repodata.ts'
export type { RenderedJson, RenderEntries } from './repodata/json-chunks.ts'
export { CurrentRepodata, currentRepodata } from './repodata/current-repodata.ts'
export type { CurrentRecords, VersionPins } from './repodata/current-repodata.ts'
export {
  applyPatchInstructions,
  InvalidPatchInstructionsError,
  parsePatchInstructions,
  REVOKED_DEPENDENCY,
} from './repodata/patch-instructions.ts'
export type { PatchedRecords, PatchInstructions, RecordMap } from './repodata/patch-instructions.ts'
export { makePatchInstructions, renderPatchInstructions } from './repodata/make-patch-instructions.ts'
export type { MadeInstructions } from './repodata/make-patch-instructions.ts'

// Shards
export { decodeShard, encodeShard, MAX_SHARD_BYTES, packRecord } from './repodata/shard.ts'
export type { PackedRecord, Shard, ShardContent, ShardEntries } from './repodata/shard.ts'
export { decodeShardIndex, encodeShardIndex, MAX_SHARD_INDEX_BYTES } from './repodata/shard-index.ts'
export type { ShardIndex, ShardIndexContent } from './repodata/shard-index.ts'
export { InvalidShardError } from './repodata/msgpack-document.ts'

// The other files of a channel
export { channeldataEntry, LINK_FACTS, renderChanneldata } from './repodata/channeldata.ts'
export type { ChanneldataArtifact, LinkFact } from './repodata/channeldata.ts'
export { normalizeRunExports, renderRunExports } from './repodata/run-exports.ts'
export type { RunExportsContent } from './repodata/run-exports.ts'
export { NOTICE_LEVELS, parseNotices, renderNotices } from './repodata/notices.ts'
export type { ChannelNotice, NoticeLevel } from './repodata/notices.ts'
export { renderRss } from './repodata/rss.ts'
export type { RssContent } from './repodata/rss.ts'

// Package archives. Writing and converting need zstd compression, which a browser lacks.
export {
  blobSource,
  bytesSource,
  rangeSource,
  streamSource,
  tailBufferedSource,
} from './archive/byte-source.ts'
export type { ByteSource } from './archive/byte-source.ts'
export { inspectPackage, readPackageInfo } from './archive/inspect-package.ts'
export type { InspectOptions, PackageInfo, PackageInspection } from './archive/inspect-package.ts'
export { readPackageFiles } from './archive/read-files.ts'
export type { ReadFilesOptions } from './archive/read-files.ts'
export { listMembers } from './archive/list-members.ts'
export type { ListedMember } from './archive/list-members.ts'
export type { TarMember, TarMemberKind, TarVisitor } from './archive/tar-reader.ts'
export { InvalidPackageError, invalidPackageCodes } from './archive/invalid-package-error.ts'
export type { InvalidPackageCode } from './archive/invalid-package-error.ts'
export { defaultArchiveLimits } from './archive/archive-limits.ts'
export type { ArchiveLimits } from './archive/archive-limits.ts'
export { convertToConda } from './archive/convert.ts'
export type { ConvertedPackage } from './archive/convert.ts'
export { packageFilename, writePackage } from './archive/write-package.ts'
export type { PackageSpec } from './archive/write-package.ts'

// Licences
export { hasFamily, readLicence } from './licence/read-licence.ts'
export type { LicenceReading } from './licence/read-licence.ts'
export { LICENCE_FAMILIES } from './licence/licence-family.ts'
export type { LicenceFamily } from './licence/licence-family.ts'
export { InvalidAllowedLicenceError, licenceSatisfies } from './licence/licence-satisfies.ts'
export {
  parseExpression as parseSpdxExpression,
  printExpression as printSpdxExpression,
  spdxIdentifier,
} from './licence/spdx-expression.ts'
export type { SpdxExpression } from './licence/spdx-expression.ts'
