/**
 * What the known fields of a record must look like: as strict as the strictest client, which is rattler
 * (`PackageRecord` in rattler_conda_types/src/repo_data/mod.rs). Unknown fields may be anything. So may null
 * stand for any field but the required ones: `toServedRecord` drops it where clients cannot read it.
 */
import { InvalidVersionError, parseVersion } from '../version/parse.ts'
import { type JsonValue, isJsonArray, isJsonObject } from './json-value.ts'

interface FieldRule {
  /** "… has to be" this. */
  readonly wanted: string
  readonly accepts: (value: JsonValue) => boolean
}

const text: FieldRule = { wanted: 'a text', accepts: (value) => typeof value === 'string' && value !== '' }
const optionalText: FieldRule = {
  wanted: 'a text',
  accepts: (value) => value === null || typeof value === 'string',
}
const count: FieldRule = { wanted: 'a whole number from 0 up', accepts: isCount }
const optionalCount: FieldRule = {
  wanted: 'a whole number from 0 up',
  accepts: (value) => value === null || isCount(value),
}
const texts: FieldRule = {
  wanted: 'a list of texts',
  accepts: (value) => value === null || isTexts(value),
}
const version: FieldRule = { wanted: 'a version', accepts: isVersion }

/** The empty text is what conda-build of 2015 wrote for "not noarch". */
const NOARCH: ReadonlySet<unknown> = new Set(['python', 'generic', '', null])

const RULES: ReadonlyMap<string, FieldRule> = new Map([
  ['name', text],
  ['version', version],
  ['build', text],
  ['build_number', count],
  ['depends', texts],
  ['constrains', texts],
  ['flags', texts],
  ['subdir', optionalText],
  ['arch', optionalText],
  ['platform', optionalText],
  ['features', optionalText],
  ['license', optionalText],
  ['license_family', optionalText],
  ['size', optionalCount],
  ['timestamp', optionalCount],
  ['indexed_timestamp', optionalCount],
  ['legacy_bz2_size', optionalCount],
  ['md5', digest(32)],
  ['sha256', digest(64)],
  ['legacy_bz2_md5', digest(32)],
  [
    'noarch',
    {
      wanted: '"python", "generic" or a boolean',
      accepts: (value) => typeof value === 'boolean' || NOARCH.has(value),
    },
  ],
  [
    'track_features',
    {
      wanted: 'a text or a list of texts',
      accepts: (value) => value === null || typeof value === 'string' || isTexts(value),
    },
  ],
  ['purls', texts],
  ['run_exports', { wanted: 'an object', accepts: (value) => value === null || isJsonObject(value) }],
  [
    'extra_depends',
    {
      wanted: 'an object of lists of texts',
      accepts: (value) =>
        value === null || (isJsonObject(value) && Object.values(value).every((group) => isTexts(group))),
    },
  ],
  ['python_site_packages_path', { wanted: 'a relative path without ..', accepts: staysInside }],
])

/** What `field` would have to be; undefined when `value` is all right. */
export function fieldFault(field: string, value: JsonValue | undefined): string | undefined {
  const rule = RULES.get(field)
  return rule === undefined || value === undefined || rule.accepts(value) ? undefined : rule.wanted
}

function isCount(value: JsonValue): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isTexts(value: JsonValue | undefined): boolean {
  return isJsonArray(value) && value.every((item) => typeof item === 'string')
}

function isVersion(value: JsonValue): boolean {
  if (typeof value !== 'string') return false
  try {
    parseVersion(value)
    return true
  } catch (error) {
    if (error instanceof InvalidVersionError) return false
    throw error
  }
}

/** Lower case: clients compare the text with what they computed. */
function digest(length: number): FieldRule {
  const form = new RegExp(`^[0-9a-f]{${length}}$`)
  return {
    wanted: `${length} lower-case hexadecimal digits`,
    accepts: (value) => value === null || (typeof value === 'string' && form.test(value)),
  }
}

/** Installers join it to the environment's folder, so it must not lead out of there (CEP 17). */
function staysInside(value: JsonValue): boolean {
  if (value === null) return true
  if (typeof value !== 'string' || /^[/\\]|^[A-Za-z]:|\0/.test(value)) return false
  return !value.split(/[/\\]/).includes('..')
}
