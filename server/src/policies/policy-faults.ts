/**
 * What is wrong with a policy text, said so that its author finds the place and the remedy: every fault at
 * once, each with line, column, the offending value and, where there is one, the word probably meant.
 */
import { AppError } from '../vocabulary/errors.ts'

export interface PolicyFault {
  /** 1-based, as editors count. */
  readonly line: number
  readonly column: number
  /** `rules[0].when.cve.score`; empty for the document as a whole. */
  readonly path: string
  /** The offending value as text, shortened; absent when something is missing. */
  readonly value?: string
  readonly message: string
  /** What to write instead. */
  readonly suggestion?: string
}

const shownFaults = 20

/** @see vocabulary/errors.ts `invalid-policy`; `details.faults` is the whole list */
export class InvalidPolicyError extends AppError {
  readonly faults: readonly PolicyFault[]

  constructor(filename: string, faults: readonly PolicyFault[]) {
    const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
    const lines = sorted.slice(0, shownFaults).map((fault) => `${filename}:${describeFault(fault)}`)
    const rest = sorted.length - lines.length
    if (rest > 0) lines.push(`and ${rest} more`)
    const count = sorted.length === 1 ? 'a fault' : `${sorted.length} faults`
    super('invalid-policy', `The policy has ${count}:\n${lines.join('\n')}`, { details: { faults: sorted } })
    this.faults = sorted
  }
}

/** `3:11: rules[0].effect is "denied": must be one of warn, hide, hold, deny; did you mean "deny"?` */
export function describeFault(fault: PolicyFault): string {
  const subject = [fault.path, fault.value === undefined ? '' : `is ${fault.value}`].filter(Boolean).join(' ')
  const hint = fault.suggestion === undefined ? '' : `; did you mean "${fault.suggestion}"?`
  return `${fault.line}:${fault.column}: ${subject ? `${subject}: ` : ''}${fault.message}${hint}`
}

/** A value as a fault shows it: JSON, one line, at most 80 characters. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'a mapping'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value)
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text
}

export type Path = readonly (string | number)[]

/** `rules[0].when.cve` */
export function showPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')
}
