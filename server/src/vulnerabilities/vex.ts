/**
 * VEX: what somebody says about a vulnerability in a product: not affected, affected, fixed, or still looking. One
 * shape for OpenVEX, CSAF and CycloneDX; `parse-vex.ts` chooses the reader.
 *
 * Which statement counts for which file, and whether its author is believed, is not decided here.
 */
import type { StatementExtras } from './curation/statement-extras.ts'

export const vexStatuses = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const
export type VexStatus = (typeof vexStatuses)[number]

/** OpenVEX's five; the labels of CSAF are the same, CycloneDX's are translated. */
export const vexJustifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const
export type VexJustification = (typeof vexJustifications)[number]

export interface VexProduct {
  /** As the document names it. */
  readonly id: string
  readonly purls: readonly string[]
  readonly cpes: readonly string[]
  /** Lower-case hex. */
  readonly sha256: readonly string[]
}

export interface VexStatement {
  /** `statements[3]`: where it stands. */
  readonly place: string
  /** `CVE-2023-1234` */
  readonly vulnerabilityId: string
  readonly aliases: readonly string[]
  readonly products: readonly VexProduct[]
  readonly status: VexStatus
  readonly justification: VexJustification | null
  /** Impact, detail or action, as the author wrote it. */
  readonly note: string
  /** What a document of ours says beyond VEX. */
  readonly extras: StatementExtras | null
  /** When the statement was made, else when the document was; null where neither says. */
  readonly atMs: number | null
}

export interface VexDocument {
  readonly format: 'openvex' | 'csaf' | 'cyclonedx'
  readonly id: string
  readonly author: string
  readonly issuedMs: number | null
  readonly statements: readonly VexStatement[]
  /** Statements that could not be used, each with its place and field. */
  readonly problems: readonly string[]
}

/** What a statement makes of a match, in the words of curation. */
export function curatedStatusOf(status: VexStatus): 'cleared' | 'active' | 'mitigated' | 'reported' {
  switch (status) {
    case 'not_affected':
      return 'cleared'
    case 'affected':
      return 'active'
    case 'fixed':
      return 'mitigated'
    case 'under_investigation':
      return 'reported'
  }
}

export function isVexStatus(value: unknown): value is VexStatus {
  return vexStatuses.some((status) => status === value)
}

export function isVexJustification(value: unknown): value is VexJustification {
  return vexJustifications.some((justification) => justification === value)
}
