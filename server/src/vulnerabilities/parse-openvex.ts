/** OpenVEX 0.2: https://github.com/openvex/spec. `not_affected` needs a justification or an impact statement. */
import { splitExtras } from './curation/statement-extras.ts'
import { instantOf, isObject, objectOf, RecordError, requireText, textOf, textsOf } from './json-reading.ts'
import type { JsonObject } from './json-reading.ts'
import {
  isVexJustification,
  isVexStatus,
  type VexDocument,
  type VexProduct,
  type VexStatement,
} from './vex.ts'

/** @throws RecordError when the document has no id, author or statements */
export function parseOpenVex(document: JsonObject): VexDocument {
  const id = requireText(document, '@id')
  const author = requireText(document, 'author')
  if (!Array.isArray(document.statements)) throw new RecordError('field "statements" is no list')
  const issuedMs = instantOf(document.timestamp)
  const changedMs = instantOf(document.last_updated) ?? issuedMs
  const statements: VexStatement[] = []
  const problems: string[] = []
  document.statements.forEach((item: unknown, index) => {
    try {
      statements.push(readStatement(item, `statements[${index}]`, changedMs))
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      problems.push(`statements[${index}]: ${error.message}`)
    }
  })
  return { format: 'openvex', id, author, issuedMs, statements, problems }
}

function readStatement(item: unknown, place: string, documentMs: number | null): VexStatement {
  if (!isObject(item)) throw new RecordError('the statement is no object')
  const vulnerability = isObject(item.vulnerability)
    ? item.vulnerability
    : { name: textOf(item.vulnerability) } // the form before 0.2
  const vulnerabilityId = requireText(vulnerability, 'name')
  const { status } = item
  if (!isVexStatus(status)) {
    throw new RecordError(`field "status" of ${vulnerabilityId} is ${JSON.stringify(status) ?? 'missing'}`)
  }
  const justification = item.justification
  if (justification !== undefined && !isVexJustification(justification)) {
    throw new RecordError(`field "justification" of ${vulnerabilityId} is ${JSON.stringify(justification)}`)
  }
  const { text: notes, extras } = splitExtras(textOf(item.status_notes) ?? '')
  const note = textOf(item.impact_statement) ?? textOf(item.action_statement) ?? notes
  if (
    status === 'not_affected' &&
    justification === undefined &&
    textOf(item.impact_statement) === undefined
  ) {
    throw new RecordError(
      `${vulnerabilityId} is not_affected without field "justification" or "impact_statement"`,
    )
  }
  const products = (Array.isArray(item.products) ? item.products : []).flatMap(readProduct)
  if (products.length === 0) throw new RecordError(`field "products" of ${vulnerabilityId} names none`)
  return {
    place,
    vulnerabilityId,
    aliases: textsOf(objectOf(vulnerability).aliases),
    products,
    status,
    justification: justification ?? null,
    note,
    extras,
    atMs: instantOf(item.last_updated) ?? instantOf(item.timestamp) ?? documentMs,
  }
}

function readProduct(item: unknown): VexProduct[] {
  if (typeof item === 'string') return [toProduct(item, {}, {})]
  if (!isObject(item)) return []
  const id = textOf(item['@id'])
  // its subcomponents are not read: what is said of a library inside one image must clear it nowhere else
  return id === undefined ? [] : [toProduct(id, objectOf(item.identifiers), objectOf(item.hashes))]
}

function toProduct(id: string, identifiers: JsonObject, hashes: JsonObject): VexProduct {
  const purls = [id, textOf(identifiers.purl)].filter((text) => text?.startsWith('pkg:') === true)
  const sha256 = (textOf(hashes['sha-256']) ?? textOf(hashes.sha256))?.toLowerCase()
  return {
    id,
    purls: [...new Set(purls.filter((text) => text !== undefined))],
    cpes: [textOf(identifiers.cpe23), textOf(identifiers.cpe22)].filter((text) => text !== undefined),
    sha256: sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? [sha256] : [],
  }
}
