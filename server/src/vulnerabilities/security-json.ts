/**
 * `info/security.json` of a package: what its builder says about vulnerabilities of this very build.
 * @see https://schemas.conda.io/info-security-1.schema.json
 */
import { isObject, objectsOf, RecordError, textOf, type JsonObject } from './json-reading.ts'

export type BuilderStatus = 'mitigated' | 'cleared' | 'active'

export interface BuilderStatement {
  readonly vulnerabilityId: string
  readonly status: BuilderStatus
  /** The patch within the recipe, for `mitigated`. */
  readonly patch: string | null
  readonly comment: string
  readonly references: readonly string[]
}

export interface BuilderStatements {
  readonly statements: readonly BuilderStatement[]
  /** Entries that could not be used, each with its field. */
  readonly problems: readonly string[]
}

const SUPPORTED_VERSION = 1

const lists: readonly (readonly [field: string, status: BuilderStatus])[] = [
  ['vulns_active', 'active'],
  ['vulns_mitigated', 'mitigated'],
  ['vulns_cleared', 'cleared'],
]

/**
 * Reads what can be read: a package is not refused for a faulty security.json, yet nothing faulty clears a flaw. A
 * vulnerability in two lists counts as `active`, the one that is safe to believe.
 */
export function parseSecurityJson(document: unknown): BuilderStatements {
  if (!isObject(document)) return { statements: [], problems: ['info/security.json is no JSON object'] }
  const version = document.api_version
  if (version !== SUPPORTED_VERSION) {
    return {
      statements: [],
      problems: [`info/security.json has api_version ${JSON.stringify(version) ?? 'none'}; we can read 1`],
    }
  }
  const found = new Map<string, BuilderStatement>()
  const problems: string[] = []
  for (const [field, status] of lists) {
    if (document[field] !== undefined && !Array.isArray(document[field])) problems.push(`${field} is no list`)
    objectsOf(document[field]).forEach((item, index) => {
      try {
        const statement = readStatement(item, status)
        const earlier = found.get(statement.vulnerabilityId)
        if (earlier) problems.push(`${statement.vulnerabilityId} is ${earlier.status} and ${status}`)
        else found.set(statement.vulnerabilityId, statement)
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        problems.push(`${field}[${index}]: ${error.message}`)
      }
    })
  }
  return { statements: [...found.values()], problems }
}

function readStatement(item: JsonObject, status: BuilderStatus): BuilderStatement {
  const id = textOf(item.id)
  if (id === undefined || !/^(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})$/.test(id)) {
    throw new RecordError(`field "id" is ${JSON.stringify(item.id)?.slice(0, 40) ?? 'missing'}, not a CVE id`)
  }
  return {
    vulnerabilityId: id,
    status,
    patch: textOf(item.patch_fn) ?? textOf(item.patch_src_url) ?? null,
    comment: textOf(item.comment) ?? '',
    references: objectsOf(item.references).flatMap((reference) => textOf(reference.url) ?? []),
  }
}
