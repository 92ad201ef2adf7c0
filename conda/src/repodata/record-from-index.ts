/**
 * The repodata record of a package from its own `info/index.json`, before hashes and size are added.
 *
 * @see CEP 34, index.json; CEP 36, package record metadata
 */
import type { JsonObject } from './json-value.ts'
import type { RepodataRecord } from './record.ts'

/** Fields of index.json that say how the package was built and have no meaning in an index. */
const BUILD_ONLY_FIELDS = new Set([
  'arch',
  'binstar',
  'has_prefix',
  'machine',
  'mtime',
  'operatingsystem',
  'platform',
  'requires_features',
  'target-triplet',
  'ucs',
])

/** The word of `arch` for the second half of a subdir. */
const ARCH_BITS: Readonly<Record<string, string>> = { x86: '32', x86_64: '64' }

/** Old packages name no subdir; theirs is told by `platform` and `arch`, where they have those. */
export function recordFromIndex(index: JsonObject): RepodataRecord {
  const record = Object.create(null) as Record<string, unknown>
  for (const [field, value] of Object.entries(index)) {
    if (!BUILD_ONLY_FIELDS.has(field) && value !== null) record[field] = value
  }
  if (record['subdir'] === undefined) {
    const subdir = subdirOfOldIndex(index)
    if (subdir !== undefined) record['subdir'] = subdir
  }
  record['depends'] ??= []
  return record as RepodataRecord
}

function subdirOfOldIndex(index: JsonObject): string | undefined {
  const { platform, arch, noarch } = index
  if (noarch !== undefined && noarch !== null && noarch !== false) return 'noarch'
  if (typeof platform !== 'string' || typeof arch !== 'string') return undefined
  return `${platform}-${ARCH_BITS[arch] ?? arch}`
}
