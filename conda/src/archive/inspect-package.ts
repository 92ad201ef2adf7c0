/**
 * Full verification of a package file: everything that can be said about it without installing it.
 *
 * Streams; neither the file nor a tar is ever whole in memory, and nothing is written to disk. What is accepted
 * is meant to be read alike by conda, mamba, rattler and Python's zipfile and tarfile: where they are known to
 * differ, the file is refused. What remains for the caller: match specs of dependencies, timestamps, v3 fields,
 * digests of the whole file, and all policy (link scripts, licences, links that lead outside).
 */
import { isJsonObject, type JsonObject } from '../repodata/json-value.ts'
import type { ArtifactFormat } from '../names.ts'
import { defaultArchiveLimits, InflationBudget, type ArchiveLimits } from './archive-limits.ts'
import type { ByteSource } from './byte-source.ts'
import { InfoFiles } from './info-files.ts'
import { MemberLedger } from './member-ledger.ts'
import { channelDataFlags, readFileFacts, type ChannelDataFlags, type FileFacts } from './package-facts.ts'
import { readFilename, readIdentity, stemOf, type PackageIdentity } from './package-identity.ts'
import { PackageScan, type ScanState } from './package-scan.ts'
import { openTars, requireFormat } from './package-tars.ts'
import { checkPaths, summarizePaths, type PathsJson, type PathsSummary } from './paths-json.ts'
import { TarReader, type TarVisitor } from './tar-reader.ts'

export interface InspectOptions {
  /** The name under which the file is offered; its parts have to be those of index.json. */
  readonly filename: string
  readonly limits?: Partial<ArchiveLimits>
  readonly signal?: AbortSignal
  /** For mirrors: `defaults` has one real package with a virtual name. */
  readonly allowVirtualName?: boolean
}

/** What `info/` says. From `readPackageInfo` the facts about other files rest on the claims of paths.json. */
export interface PackageInfo extends PackageIdentity, FileFacts {
  readonly format: ArtifactFormat
  /** `info/index.json` as it is, unknown fields included. */
  readonly index: JsonObject
  readonly about?: JsonObject
  readonly paths?: PathsSummary
  /** Always the object form. */
  readonly runExports?: JsonObject
  readonly link?: JsonObject
  readonly securityJson?: JsonObject
  readonly flags: ChannelDataFlags
  /** Odd, yet no reason to refuse. For people to read. */
  readonly warnings: readonly string[]
}

export interface PackageInspection extends PackageInfo {
  /** Symlinks that lead out of the package, as `path -> target`. */
  readonly escapingLinks: readonly string[]
  /** Machine code in a package that says it runs anywhere; undefined unless noarch. */
  readonly executablesInNoarch?: readonly string[]
  readonly entryCount: number
  /** Of all tars, headers and padding included. */
  readonly inflatedBytes: number
}

/**
 * @param observer is told of every member too, after it has passed the rules for single members
 * @throws InvalidPackageError, and whatever the source or the signal throws
 */
export async function inspectPackage(
  source: ByteSource,
  options: InspectOptions,
  observer?: TarVisitor,
): Promise<PackageInspection> {
  const scan = await scanPackage(source, options, 'all', observer)
  const { state } = scan
  const { ledger, warnings } = state
  const paths = state.info.paths()
  const info = describe(scan, options, paths, ledger.paths())
  if (paths === undefined)
    warnings.push('The package has no info/paths.json, so its contents could not be compared')
  else checkPaths(paths, ledger)
  ledger.requireNoFoldedLinks()
  warnCollisions(ledger, warnings)
  for (const link of ledger.emptyLinks()) warnings.push(`The link ${link} has no target`)
  return {
    ...info,
    escapingLinks: ledger.escapingLinks(),
    ...(isNoarch(info.index) && { executablesInNoarch: state.executables }),
    entryCount: state.budget.entries,
    inflatedBytes: state.budget.inflatedBytes,
  }
}

/**
 * Only `info/`: of a `.conda` no more than the tail, the headers and the info member are read, which an HTTP
 * source can fetch by ranges. A `.tar.bz2` is read to its end, since info/ may lie anywhere in it.
 * @param observer is told of every member that is read
 * @throws InvalidPackageError, though not for what lies outside of info/
 */
export async function readPackageInfo(
  source: ByteSource,
  options: InspectOptions,
  observer?: TarVisitor,
): Promise<PackageInfo> {
  const scan = await scanPackage(source, options, 'info', observer)
  const paths = scan.state.info.paths()
  const listed = paths?.entries.map((entry) => entry.path) ?? []
  return describe(scan, options, paths, new Set([...scan.state.ledger.paths(), ...listed]))
}

/** Decompressed between two looks at the rest of the world: bzip2 of a file in memory would never pause. */
const TURN_BYTES = 8 * 1024 * 1024

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

function both(first: TarVisitor, second: TarVisitor): TarVisitor {
  return {
    beginMember(member) {
      first.beginMember(member)
      second.beginMember(member)
    },
    content(bytes) {
      first.content(bytes)
      second.content(bytes)
    },
    endMember() {
      first.endMember()
      second.endMember()
    },
  }
}

interface Scan {
  readonly format: ArtifactFormat
  readonly state: ScanState
}

async function scanPackage(
  source: ByteSource,
  options: InspectOptions,
  wanted: 'all' | 'info',
  observer?: TarVisitor,
): Promise<Scan> {
  const limits = { ...defaultArchiveLimits, ...options.limits }
  const { format } = readFilename(options.filename, { allowVirtualName: options.allowVirtualName ?? false })
  await requireFormat(source, format, limits)
  const state: ScanState = {
    limits,
    ledger: new MemberLedger(),
    info: new InfoFiles(limits),
    budget: new InflationBudget(limits, source.size),
    executables: [],
    warnings: [],
    digests: wanted === 'all',
  }
  const stem = stemOf(options.filename, format)
  const { warnings } = state
  const { signal } = options
  for (const tar of await openTars(source, format, { stem, wanted, warnings, signal })) {
    const scan = new PackageScan(tar.part, state)
    const reader = new TarReader(observer === undefined ? scan : both(scan, observer), limits)
    let sinceTurn = 0
    for await (const chunk of tar.bytes) {
      signal?.throwIfAborted()
      state.budget.addBytes(chunk.length)
      reader.push(chunk)
      sinceTurn += chunk.length
      if (sinceTurn > TURN_BYTES) {
        await nextTurn()
        sinceTurn = 0
      }
    }
    reader.end()
  }
  return { format, state }
}

function describe(
  { format, state: { info, warnings } }: Scan,
  options: InspectOptions,
  paths: PathsJson | undefined,
  files: Iterable<string>,
): PackageInfo {
  const index = info.index()
  const rules = { allowVirtualName: options.allowVirtualName ?? false }
  const identity = readIdentity(index, readFilename(options.filename, rules))
  if (index['subdir'] === undefined) warnings.push('info/index.json has no subdir, as packages before 2015')
  if (index['name'] !== identity.name) warnings.push('info/index.json spells the name with capitals')
  const facts = readFileFacts(files)
  const about = info.object('info/about.json')
  const runExports = info.runExports()
  const link = info.object('info/link.json')
  const securityJson = info.object('info/security.json')
  return {
    format,
    ...identity,
    ...facts,
    index,
    ...(about && { about }),
    ...(paths && { paths: summarizePaths(paths) }),
    ...(runExports && { runExports }),
    ...(link && { link }),
    ...(securityJson && { securityJson }),
    flags: channelDataFlags(facts, prefixModes(info, paths)),
    warnings,
  }
}

function prefixModes(info: InfoFiles, paths: PathsJson | undefined): ReadonlySet<string> {
  if (paths === undefined) return info.legacyPrefixModes()
  return new Set(paths.entries.flatMap((entry) => entry.prefixMode ?? []))
}

/** `noarch` is `python` or `generic`; the oldest packages say `true`. */
function isNoarch(index: JsonObject): boolean {
  const { noarch } = index
  return noarch === true || noarch === 'python' || noarch === 'generic' || isJsonObject(noarch)
}

function warnCollisions(ledger: MemberLedger, warnings: string[]): void {
  const collisions = ledger.collisions()
  const [first] = collisions
  if (first === undefined) return
  warnings.push(
    `${collisions.length} paths differ from another in letter case or accents only, ` +
      `such as ${first[0]} and ${first[1]}: Windows and macOS keep one of them`,
  )
}
