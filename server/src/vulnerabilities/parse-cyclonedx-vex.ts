/** CycloneDX 1.4 and later: `vulnerabilities[].analysis` about components that `affects[].ref` names by bom-ref. */
import { instantOf, objectOf, objectsOf, RecordError, requireText, textOf } from './json-reading.ts'
import type { JsonObject } from './json-reading.ts'
import type { VexDocument, VexJustification, VexProduct, VexStatement, VexStatus } from './vex.ts'

const statuses: Readonly<Record<string, VexStatus>> = {
  exploitable: 'affected',
  in_triage: 'under_investigation',
  false_positive: 'not_affected',
  not_affected: 'not_affected',
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
}

const justifications: Readonly<Record<string, VexJustification>> = {
  code_not_present: 'vulnerable_code_not_present',
  code_not_reachable: 'vulnerable_code_not_in_execute_path',
  requires_configuration: 'vulnerable_code_cannot_be_controlled_by_adversary',
  requires_dependency: 'component_not_present',
  requires_environment: 'vulnerable_code_cannot_be_controlled_by_adversary',
  protected_by_compiler: 'inline_mitigations_already_exist',
  protected_at_runtime: 'inline_mitigations_already_exist',
  protected_at_perimeter: 'inline_mitigations_already_exist',
  protected_by_mitigating_control: 'inline_mitigations_already_exist',
}

/** A vulnerability without an analysis is a finding, not a statement, and is left out. */
export function parseCycloneDxVex(document: JsonObject): VexDocument {
  const metadata = objectOf(document.metadata)
  const issuedMs = instantOf(metadata.timestamp)
  const components = readComponents(document, metadata)
  const statements: VexStatement[] = []
  const problems: string[] = []
  objectsOf(document.vulnerabilities).forEach((vulnerability, index) => {
    if (vulnerability.analysis === undefined) return
    try {
      statements.push(readStatement(vulnerability, `vulnerabilities[${index}]`, components, issuedMs))
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      problems.push(`vulnerabilities[${index}]: ${error.message}`)
    }
  })
  return {
    format: 'cyclonedx',
    id: textOf(document.serialNumber) ?? '',
    author: authorOf(metadata),
    issuedMs,
    statements,
    problems,
  }
}

function authorOf(metadata: JsonObject): string {
  const [author] = objectsOf(metadata.authors)
  const supplier = objectOf(metadata.supplier)
  const maker = objectOf(metadata.manufacture)
  return textOf(author?.name) ?? textOf(supplier.name) ?? textOf(maker.name) ?? ''
}

function readStatement(
  vulnerability: JsonObject,
  place: string,
  components: ReadonlyMap<string, VexProduct>,
  issuedMs: number | null,
): VexStatement {
  const vulnerabilityId = requireText(vulnerability, 'id')
  const analysis = objectOf(vulnerability.analysis)
  const state = textOf(analysis.state) ?? ''
  const status = Object.hasOwn(statuses, state) ? statuses[state] : undefined
  if (!status) {
    throw new RecordError(`field "analysis.state" of ${vulnerabilityId} is ${JSON.stringify(state)}`)
  }
  const refs = objectsOf(vulnerability.affects).flatMap((affected) => textOf(affected.ref) ?? [])
  if (refs.length === 0) throw new RecordError(`field "affects" of ${vulnerabilityId} names no component`)
  const reason = textOf(analysis.justification) ?? ''
  return {
    place,
    vulnerabilityId,
    aliases: objectsOf(vulnerability.references).flatMap((reference) => textOf(reference.id) ?? []),
    products: refs.map((ref) => components.get(ref) ?? outside(ref)),
    status,
    justification: Object.hasOwn(justifications, reason) ? (justifications[reason] ?? null) : null,
    note: textOf(analysis.detail) ?? '',
    extras: null,
    atMs: instantOf(analysis.lastUpdated) ?? instantOf(analysis.firstIssued) ?? issuedMs,
  }
}

/** A VEX apart from its bill of materials refers to components of another document. */
function outside(ref: string): VexProduct {
  return { id: ref, purls: ref.startsWith('pkg:') ? [ref] : [], cpes: [], sha256: [] }
}

const MAX_DEPTH = 50

function readComponents(document: JsonObject, metadata: JsonObject): Map<string, VexProduct> {
  const found = new Map<string, VexProduct>()
  const walk = (component: JsonObject, depth: number): void => {
    if (depth > MAX_DEPTH) throw new RecordError(`components are nested more than ${MAX_DEPTH} deep`)
    const ref = textOf(component['bom-ref']) ?? textOf(component.purl)
    if (ref !== undefined) found.set(ref, toProduct(ref, component))
    for (const child of objectsOf(component.components)) walk(child, depth + 1)
  }
  walk(objectOf(metadata.component), 0)
  for (const component of objectsOf(document.components)) walk(component, 0)
  return found
}

function toProduct(id: string, component: JsonObject): VexProduct {
  const sha256 = objectsOf(component.hashes)
    .filter((hash) => hash.alg === 'SHA-256')
    .flatMap((hash) => textOf(hash.content)?.toLowerCase() ?? [])
  return {
    id,
    purls: [textOf(component.purl)].filter((text) => text !== undefined),
    cpes: [textOf(component.cpe)].filter((text) => text !== undefined),
    sha256: sha256.filter((value) => /^[0-9a-f]{64}$/.test(value)),
  }
}
