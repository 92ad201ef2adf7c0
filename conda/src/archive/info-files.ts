/**
 * The files of `info/` whose content matters, kept while the tar streams by, and what they say.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../repodata/json-value.ts'
import type { ArchiveLimits } from './archive-limits.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { parseJsonFile, parseJsonObject } from './json-file.ts'
import { parsePathsJson, type PathsJson } from './paths-json.ts'

const INDEX = 'info/index.json'
const PATHS = 'info/paths.json'
const HAS_PREFIX = 'info/has_prefix'

const keptFiles: ReadonlySet<string> = new Set([
  INDEX,
  PATHS,
  HAS_PREFIX,
  'info/about.json',
  'info/run_exports.json',
  'info/link.json',
  'info/security.json',
])

export class InfoFiles {
  readonly #limits: ArchiveLimits
  readonly #contents = new Map<string, Uint8Array>()
  #infoBytes = 0

  constructor(limits: ArchiveLimits) {
    this.#limits = limits
  }

  isKept(path: string): boolean {
    return keptFiles.has(path)
  }

  /**
   * Room for a file below info/, to be filled by the caller; undefined when its content does not matter.
   * @throws InvalidPackageError index-too-large, paths-too-large, info-too-large
   */
  reserve(path: string, size: number): Uint8Array | undefined {
    if (path === PATHS) requireAtMost('paths-too-large', path, size, this.#limits.maxPathsBytes)
    else this.#infoBytes += size
    if (path === INDEX) requireAtMost('index-too-large', path, size, this.#limits.maxIndexBytes)
    requireAtMost('info-too-large', 'info/', this.#infoBytes, this.#limits.maxInfoBytes)
    if (!keptFiles.has(path)) return undefined
    const content = new Uint8Array(size)
    this.#contents.set(path, content)
    return content
  }

  /** @throws InvalidPackageError missing-index, invalid-json */
  index(): JsonObject {
    const content = this.#contents.get(INDEX)
    if (content !== undefined) return parseJsonObject(content, INDEX)
    throw new InvalidPackageError('missing-index', `The archive has no ${INDEX}, so it is no conda package`)
  }

  paths(): PathsJson | undefined {
    const content = this.#contents.get(PATHS)
    return content === undefined ? undefined : parsePathsJson(parseJsonObject(content, PATHS))
  }

  object(path: `info/${'about' | 'link' | 'security'}.json`): JsonObject | undefined {
    const content = this.#contents.get(path)
    return content === undefined ? undefined : parseJsonObject(content, path)
  }

  /** As an object in every case: a list, or a single text, means `weak`. @see CEP 12 */
  runExports(): JsonObject | undefined {
    const content = this.#contents.get('info/run_exports.json')
    if (content === undefined) return undefined
    const value: JsonValue = parseJsonFile(content, 'info/run_exports.json')
    if (isJsonObject(value)) return value
    if (typeof value === 'string') return { weak: [value] }
    return Array.isArray(value) ? { weak: value } : undefined
  }

  /** Modes of the files in the list that came before paths.json: `<placeholder> <mode> <path>` or only a path. */
  legacyPrefixModes(): ReadonlySet<string> {
    const text = new TextDecoder().decode(this.#contents.get(HAS_PREFIX) ?? new Uint8Array(0))
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return new Set(lines.map((line) => /^\S+ (text|binary) /.exec(line.replaceAll('"', ''))?.[1] ?? 'text'))
  }
}

function requireAtMost(
  code: 'index-too-large' | 'paths-too-large' | 'info-too-large',
  member: string,
  size: number,
  limit: number,
): void {
  if (size <= limit) return
  throw new InvalidPackageError(code, `${quote(member)} has ${size} bytes, more than ${limit}`, { member })
}
