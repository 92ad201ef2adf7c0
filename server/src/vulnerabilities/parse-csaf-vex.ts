/**
 * CSAF 2.0 in its VEX profile: products stand in a tree, and each vulnerability lists their ids by status.
 * @see https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html
 */
import { splitExtras } from './curation/statement-extras.ts'
import {
  instantOf,
  objectOf,
  objectsOf,
  RecordError,
  requireObject,
  requireText,
  textOf,
  textsOf,
} from './json-reading.ts'
import type { JsonObject } from './json-reading.ts'
import {
  isVexJustification,
  type VexDocument,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from './vex.ts'

const statusLists: readonly (readonly [field: string, status: VexStatus])[] = [
  ['known_not_affected', 'not_affected'],
  ['known_affected', 'affected'],
  ['first_affected', 'affected'],
  ['last_affected', 'affected'],
  ['fixed', 'fixed'],
  ['first_fixed', 'fixed'],
  ['under_investigation', 'under_investigation'],
]

/** @throws RecordError when it is not of the VEX or advisory profile, or has no id or publisher */
export function parseCsafVex(document: JsonObject): VexDocument {
  const head = requireObject(document.document, 'field "document"')
  const category = requireText(head, 'category')
  if (!['csaf_vex', 'csaf_security_advisory'].includes(category)) {
    throw new RecordError(`field "category" is ${JSON.stringify(category)}; we read csaf_vex`)
  }
  const tracking = requireObject(head.tracking, 'field "tracking"')
  const products = readProducts(objectOf(document.product_tree))
  const issuedMs = instantOf(tracking.current_release_date) ?? instantOf(tracking.initial_release_date)
  const problems: string[] = []
  const statements = objectsOf(document.vulnerabilities).flatMap((vulnerability, index) =>
    readVulnerability(vulnerability, `vulnerabilities[${index}]`, products, issuedMs, (problem) =>
      problems.push(`vulnerabilities[${index}]: ${problem}`),
    ),
  )
  return {
    format: 'csaf',
    id: requireText(tracking, 'id'),
    author: requireText(requireObject(head.publisher, 'field "publisher"'), 'name'),
    issuedMs,
    statements,
    problems,
  }
}

function readVulnerability(
  vulnerability: JsonObject,
  place: string,
  products: ReadonlyMap<string, VexProduct>,
  issuedMs: number | null,
  report: (problem: string) => void,
): VexStatement[] {
  const ids = objectsOf(vulnerability.ids).flatMap((id) => textOf(id.text) ?? [])
  const vulnerabilityId = textOf(vulnerability.cve) ?? ids[0]
  if (vulnerabilityId === undefined) {
    report('it has neither "cve" nor "ids"')
    return []
  }
  const statuses = objectOf(vulnerability.product_status)
  const seen = new Map<string, VexStatus>()
  const statements: VexStatement[] = []
  for (const [field, status] of statusLists) {
    for (const productId of textsOf(statuses[field])) {
      const product = products.get(productId)
      const earlier = seen.get(productId)
      if (!product)
        report(`${field} names ${JSON.stringify(productId)}, which the product tree does not have`)
      else if (earlier !== undefined && earlier !== status) {
        report(`${vulnerabilityId} is ${earlier} and ${status} for ${JSON.stringify(productId)}`)
      } else if (earlier === undefined) {
        seen.set(productId, status)
        statements.push(statementOf(vulnerability, place, vulnerabilityId, ids, product, status, issuedMs))
      }
    }
  }
  const contradicted = [...seen].filter(([id]) => isContradicted(statuses, id)).map(([id]) => id)
  return statements.filter(({ products: [product] }) => !contradicted.includes(product?.id ?? ''))
}

/** A product in two lists that say different things: neither is believed. */
function isContradicted(statuses: JsonObject, productId: string): boolean {
  const said = statusLists.filter(([field]) => textsOf(statuses[field]).includes(productId))
  return new Set(said.map(([, status]) => status)).size > 1
}

function statementOf(
  vulnerability: JsonObject,
  place: string,
  vulnerabilityId: string,
  ids: readonly string[],
  product: VexProduct,
  status: VexStatus,
  issuedMs: number | null,
): VexStatement {
  const label = forProduct(objectsOf(vulnerability.flags), product.id)?.label
  const threat = forProduct(objectsOf(vulnerability.threats), product.id)
  const remediation = forProduct(objectsOf(vulnerability.remediations), product.id)
  const own = objectsOf(vulnerability.notes).find(({ title }) => title === `terrarium ${product.id}`)
  return {
    place,
    vulnerabilityId,
    aliases: ids.filter((id) => id !== vulnerabilityId),
    products: [product],
    status,
    justification: status === 'not_affected' && isVexJustification(label) ? label : null,
    note: textOf(threat?.details) ?? textOf(remediation?.details) ?? '',
    extras: splitExtras(textOf(own?.text) ?? '').extras,
    atMs: issuedMs,
  }
}

/** What names the product, else what names none and so is about all. */
function forProduct(items: readonly JsonObject[], productId: string): JsonObject | undefined {
  return (
    items.find((item) => textsOf(item.product_ids).includes(productId)) ??
    items.find((item) => textsOf(item.product_ids).length === 0 && textsOf(item.group_ids).length === 0)
  )
}

const MAX_DEPTH = 50

function readProducts(tree: JsonObject): Map<string, VexProduct> {
  const products = new Map<string, VexProduct>()
  const add = (product: JsonObject): void => {
    const id = textOf(product.product_id)
    if (id !== undefined) products.set(id, toProduct(id, objectOf(product.product_identification_helper)))
  }
  const walk = (branch: JsonObject, depth: number): void => {
    if (depth > MAX_DEPTH) throw new RecordError(`the product tree is more than ${MAX_DEPTH} branches deep`)
    add(objectOf(branch.product))
    for (const child of objectsOf(branch.branches)) walk(child, depth + 1)
  }
  for (const name of objectsOf(tree.full_product_names)) add(name)
  for (const branch of objectsOf(tree.branches)) walk(branch, 0)
  for (const relationship of objectsOf(tree.relationships)) add(objectOf(relationship.full_product_name))
  return products
}

function toProduct(id: string, helper: JsonObject): VexProduct {
  const hashes = objectsOf(helper.hashes).flatMap((file) => objectsOf(file.file_hashes))
  const sha256 = hashes
    .filter((hash) => hash.algorithm === 'sha256')
    .flatMap((hash) => textOf(hash.value)?.toLowerCase() ?? [])
  const purls = [textOf(helper.purl), ...textsOf(helper.purls)].filter((text) => text !== undefined)
  return {
    id,
    purls,
    cpes: [textOf(helper.cpe)].filter((text) => text !== undefined),
    sha256: sha256.filter((value) => /^[0-9a-f]{64}$/.test(value)),
  }
}
