/**
 * Documents that say what vulnerabilities are in files, read into one shape: OpenVEX, CSAF and CycloneDX, and curated
 * statuses as Anaconda's server answers them (`GET /cves` and `/cves-report`).
 */
import { isObject, objectsOf, RecordError, textOf, textsOf, type JsonObject } from '../json-reading.ts'
import { parseVex } from '../parse-vex.ts'
import { curatedStatusOf, type VexJustification, type VexProduct } from '../vex.ts'
import { vulnerabilityStatuses, type VulnerabilityStatus } from '../vulnerability-status.ts'
import { wholePackage, type CurationScope } from './curation.ts'
import { fromPurl } from './scope-purl.ts'
import type { StatementExtras } from './statement-extras.ts'

/** One vulnerability in one product. */
export interface ReadStatement {
  /** `statements[3]`: for messages. */
  readonly place: string
  readonly vulnerabilityId: string
  /** Null where the product names only bytes: their name has to be found. */
  readonly scope: Omit<CurationScope, 'condaName'> & { readonly condaName: string | null }
  readonly status: VulnerabilityStatus
  readonly reason: string
  readonly justification: VexJustification | null
  readonly extras: StatementExtras | null
}

export interface ReadDocument {
  readonly format: 'openvex' | 'csaf' | 'cyclonedx' | 'anaconda'
  readonly id: string
  readonly author: string
  readonly statements: readonly ReadStatement[]
  /** What could not be used, each with its place and field. */
  readonly problems: readonly string[]
}

/** @throws RecordError for a document of no known format */
export function readStatements(document: unknown): ReadDocument {
  if (isObject(document) && Array.isArray(document.items)) return readAnaconda(document)
  const vex = parseVex(document)
  const problems = [...vex.problems]
  const statements = vex.statements.flatMap((statement) =>
    statement.products.flatMap((product) => {
      const place = `${statement.place} (${statement.vulnerabilityId})`
      try {
        return scopesOf(product).map((scope) => ({
          place,
          vulnerabilityId: statement.vulnerabilityId,
          scope,
          status: statement.extras?.status ?? curatedStatusOf(statement.status),
          reason: statement.extras?.reason ?? (statement.note || `${vex.author} says ${statement.status}`),
          justification: statement.justification,
          extras: statement.extras,
        }))
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        problems.push(`${place}: ${error.message}`)
        return []
      }
    }),
  )
  return { format: vex.format, id: vex.id, author: vex.author, statements, problems }
}

function scopesOf({ id, purls, sha256 }: VexProduct): ReadStatement['scope'][] {
  const conda = purls.filter((purl) => /^pkg:\/*conda\//i.test(purl)).map(fromPurl)
  const digests = sha256.length === 0 ? [null] : sha256
  if (conda.length > 0)
    return conda.flatMap((scope) => digests.map((digest) => ({ ...scope, sha256: digest })))
  if (sha256.length > 0) {
    return sha256.map((digest) => ({ ...wholePackage, condaName: null, sha256: digest }))
  }
  throw new RecordError(
    `the product ${JSON.stringify(id.slice(0, 200))} is no conda package: name it as pkg:conda/NAME@VERSION or by its sha256`,
  )
}

/** Statuses of files; what Anaconda only reports, and nobody looked at, says nothing. */
function readAnaconda(document: JsonObject): ReadDocument {
  const statements: ReadStatement[] = []
  const problems: string[] = []
  const add = (place: string, cve: unknown, status: unknown, sha256: unknown, name: unknown): void => {
    const known = vulnerabilityStatuses.find((one) => one === status)
    const vulnerabilityId = textOf(cve)
    const digest = textOf(sha256)?.toLowerCase()
    if (vulnerabilityId === undefined) problems.push(`${place}: field "id" is missing`)
    else if (status !== 'unknown' && !known)
      problems.push(`${place}: status of ${vulnerabilityId} is ${JSON.stringify(status) ?? 'missing'}`)
    else if (digest === undefined || !/^[0-9a-f]{64}$/.test(digest))
      problems.push(`${place}: sha256 of ${vulnerabilityId} is ${JSON.stringify(sha256) ?? 'missing'}`)
    else if (known && known !== 'reported') {
      statements.push({
        place: `${place} (${vulnerabilityId})`,
        vulnerabilityId,
        scope: { ...wholePackage, condaName: textOf(name)?.toLowerCase() ?? null, sha256: digest },
        status: known,
        reason: `Anaconda's curators say ${known}`,
        justification: null,
        extras: null,
      })
    }
  }
  const items = objectsOf(document.items)
  items.forEach((item, index) => {
    const place = `items[${index}]`
    if (Array.isArray(item.cves)) {
      objectsOf(item.cves)
        .filter(({ curated }) => curated !== false)
        .forEach((cve, position) =>
          add(`${place}.cves[${position}]`, cve.id, cve.status, item.sha256, undefined),
        )
    } else if (Array.isArray(item.packages)) {
      if (item.curated === false) return
      objectsOf(item.packages).forEach((file, position) =>
        add(`${place}.packages[${position}]`, item.id, file.cve_status, file.blob_sha256, file.common_name),
      )
    } else
      problems.push(
        `${place}: it has neither "cves" nor "packages", but ${textsOf(Object.keys(item)).slice(0, 6).join(', ')}`,
      )
  })
  return { format: 'anaconda', id: 'anaconda', author: 'Anaconda', statements, problems }
}
