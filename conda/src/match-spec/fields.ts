/** The fields a match spec can have, in conda's order of printing. */
export const FIELD_NAMES = [
  'channel',
  'subdir',
  'name',
  'version',
  'build',
  'build_number',
  'track_features',
  'features',
  'url',
  'md5',
  'sha256',
  'license',
  'license_family',
  'fn',
  'when',
  'extras',
  'flags',
] as const

export type FieldName = (typeof FIELD_NAMES)[number]

/** What a spec says, as text; the channel by its canonical name. Only `name` is always there. */
export type SpecFields = { name: string } & {
  [Field in Exclude<FieldName, 'name' | 'extras' | 'flags'>]?: string
} & { extras?: readonly string[]; flags?: readonly string[] }

/**
 * conda has two readers, and they disagree on some texts: the one all clients share, and the stricter
 * one for the `v3` section of repodata (CEP 43, 44, 45, 48).
 */
export type MatchSpecSyntax = 'legacy' | 'v3'

/** A key of the brackets and its value; a list where the v3 syntax has one. */
export interface BracketEntry {
  readonly key: string
  readonly value: string | readonly string[]
}

/** Keys conda once had and still lets pass without a meaning. */
const IGNORED_KEYS: ReadonlySet<string> = new Set(['optional', 'target'])

const fieldNames: ReadonlySet<string> = new Set(FIELD_NAMES)

/**
 * Lays the brackets over the fields read before them. The name stays: `tensorflow[name=*, md5=…]` must
 * not look like tensorflow and install something else.
 *
 * @returns the key no record has, if there is one
 */
export function applyBrackets(fields: SpecFields, entries: readonly BracketEntry[]): string | undefined {
  for (const { key, value } of entries) {
    // The channel has been placed together with its subdir.
    if (key === 'name' || key === 'channel' || IGNORED_KEYS.has(key)) continue
    if (!fieldNames.has(key)) return key
    if (key === 'extras' || key === 'flags') {
      fields[key] = typeof value === 'string' ? [value] : value
      continue
    }
    // The names that are left all hold text; a list (`build=[a, b]`) is taken as it was written.
    const field = key as Exclude<FieldName, 'name' | 'extras' | 'flags'>
    fields[field] = typeof value === 'string' ? value : `[${value.join(', ')}]`
  }
  return undefined
}
