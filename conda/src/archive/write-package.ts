/**
 * Makes packages: for tests, demo data and tools. Deterministic, the same spec gives the same bytes: members
 * sorted, times and owners zero, paths.json made from the files.
 *
 * Nothing is checked, so a spec can lie (another index.json, a member in the wrong place). For a lie below that
 * level use `writeTar` and `writeZip`, and put their bytes together with `writeConda`.
 */
import { zstdCompress } from '#zstd'
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import { createSha256 } from '../codec/sha256.ts'
import type { ArtifactFormat } from '../names.ts'
import { stableJson, type JsonObject, type JsonValue } from '../repodata/json-value.ts'
import { isInfoPath } from './member-path.ts'
import { writeTar, type TarEntry } from './tar-writer.ts'
import { writeZip } from './zip-writer.ts'

export interface PackageSpec {
  readonly name: string
  readonly version: string
  /** `0` by default. */
  readonly build?: string
  readonly buildNumber?: number
  /** `noarch` by default, which also adds `noarch: generic`. */
  readonly subdir?: string
  readonly depends?: readonly string[]
  /** Fields of index.json to add or to replace; undefined takes one out. */
  readonly index?: JsonObject
  /** Installed files: path to content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Installed symlinks: path to target. */
  readonly links?: Readonly<Record<string, string>>
  /** Further files of info/, without `info/` in the path; what is no text is written as JSON. */
  readonly info?: Readonly<Record<string, string | Uint8Array | JsonObject | readonly JsonValue[]>>
  /** Members for the tar of installed files (of all files in a `.tar.bz2`) that paths.json does not tell of. */
  readonly extraMembers?: readonly TarEntry[]
}

export function packageFilename(spec: PackageSpec, format: ArtifactFormat): string {
  return `${stemOfSpec(spec)}.${format}`
}

export async function writePackage(spec: PackageSpec, format: ArtifactFormat): Promise<Uint8Array> {
  const info = infoEntries(spec)
  const pkg = [...packageEntries(spec), ...(spec.extraMembers ?? [])]
  if (format === 'tar.bz2') return bzip2Compress(writeTar([...info, ...pkg]))
  return writeConda(stemOfSpec(spec), writeTar(info), writeTar(pkg))
}

/** The zip of a `.conda` around two tars, info last, so that one read of the tail gets all of info/. */
export function writeConda(stem: string, infoTar: Uint8Array, pkgTar: Uint8Array): Uint8Array {
  return zipConda(stem, zstdCompress(infoTar), zstdCompress(pkgTar))
}

/** The same around tars that are compressed already. */
export function zipConda(stem: string, infoTarZst: Uint8Array, pkgTarZst: Uint8Array): Uint8Array {
  return writeZip([
    { name: 'metadata.json', content: encode('{"conda_pkg_format_version":2}') },
    { name: `pkg-${stem}.tar.zst`, content: pkgTarZst },
    { name: `info-${stem}.tar.zst`, content: infoTarZst },
  ])
}

function stemOfSpec(spec: PackageSpec): string {
  return `${spec.name}-${spec.version}-${spec.build ?? '0'}`
}

function indexJson(spec: PackageSpec): JsonObject {
  const subdir = spec.subdir ?? 'noarch'
  return {
    name: spec.name,
    version: spec.version,
    build: spec.build ?? '0',
    build_number: spec.buildNumber ?? 0,
    depends: [...(spec.depends ?? [])],
    subdir,
    ...(subdir === 'noarch' && { noarch: 'generic' }),
    ...spec.index,
  }
}

/** @see CEP 34, `info/paths.json`: everything but info/, a link with the digest of its target */
function pathsJson(spec: PackageSpec): JsonObject {
  const files = spec.files ?? {}
  const links = spec.links ?? {}
  const paths = [
    ...Object.entries(files)
      .filter(([path]) => !isInfoPath(path))
      .map(([path, content]) => ({
        _path: path,
        path_type: 'hardlink',
        sha256: digest(encode(content)),
        size_in_bytes: encode(content).length,
      })),
    ...Object.keys(links).map((path) => ({ _path: path, path_type: 'softlink' })),
  ]
  return { paths_version: 1, paths: paths.sort((a, b) => compareText(a._path, b._path)) }
}

function infoEntries(spec: PackageSpec): TarEntry[] {
  const files: PackageSpec['info'] = {
    'index.json': indexJson(spec),
    'paths.json': pathsJson(spec),
    ...spec.info,
  }
  return Object.entries(files)
    .sort(([a], [b]) => compareText(a, b))
    .map(([path, content]) => ({
      path: `info/${path}`,
      content:
        typeof content === 'string' || content instanceof Uint8Array
          ? content
          : // The readonly list of a spec is only read.
            stableJson(content as JsonValue),
    }))
}

function packageEntries(spec: PackageSpec): TarEntry[] {
  const files = Object.entries(spec.files ?? {}).map(([path, content]): TarEntry => ({ path, content }))
  const links = Object.entries(spec.links ?? {}).map(([path, target]): TarEntry => ({
    path,
    type: '2',
    target,
    mode: 0o777,
  }))
  return [...files, ...links].sort((a, b) => compareText(a.path, b.path))
}

function digest(bytes: Uint8Array): string {
  const hash = createSha256()
  hash.update(bytes)
  return hash.digestHex()
}

function encode(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

/** By code units, which no locale changes. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
