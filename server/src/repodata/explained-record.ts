/**
 * A blocked build that stays in the index to say why: its record needs something that nobody can have, and
 * that something's name is the reason, so that the solver's own message tells it:
 *
 *     requests 2.30.0 would require
 *     └─ __blocked_by_policy_prod-no-critical-cve-2099-0001 ==denied, for which no candidates were found
 *
 * A name with two underscores in front is virtual: no channel may publish it (CEP 26), where a plain name
 * could be squatted to let the build through. `constrains` would not do: it does not block.
 */
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { Decision, DecisionReason } from '../policies/decision.ts'
import type { Effect } from '../policies/policy.ts'

const PREFIX = '__blocked_by_policy_'
const MAX_NAME_LENGTH = 64
const MAX_CVE_LENGTH = 24

export function explainRecord(record: RepodataRecord, decision: Decision): RepodataRecord {
  const [reason] = decision.reasons
  if (!reason) return record
  return {
    ...record,
    depends: [...(record.depends ?? []), `${markerName(reason)} ==${effectWords[reason.effect]}`],
  }
}

/** Whether the record is there to explain only. */
export function isExplained(record: RepodataRecord): boolean {
  return (record.depends ?? []).some((dependency) => dependency.startsWith(PREFIX))
}

/** The record as it was before; one without `depends` has an empty list of them now. */
export function withoutExplanation(record: RepodataRecord): RepodataRecord {
  return { ...record, depends: (record.depends ?? []).filter((dependency) => !dependency.startsWith(PREFIX)) }
}

/** The CVE stands in the name: in a version, solvers print 0001 as 1. */
function markerName({ policy, rule, evidence }: DecisionReason): string {
  const cve = evidence.find((one) => one.kind === 'cve')?.id
  const tail = cve === undefined ? '' : `-${slug(cve).slice(0, MAX_CVE_LENGTH)}`
  const head = slug(`${policy}-${rule}`).slice(0, MAX_NAME_LENGTH - PREFIX.length - tail.length)
  return PREFIX + (head + tail).replace(/-+/g, '-').replace(/^-|-$/g, '')
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

const effectWords: Readonly<Record<Effect, string>> = {
  allow: 'allowed',
  warn: 'allowed',
  hide: 'hidden',
  hold: 'on_hold',
  deny: 'denied',
}
