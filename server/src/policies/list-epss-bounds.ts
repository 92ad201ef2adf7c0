/** What the conditions of all policies compare EPSS with: between two neighbours of these no decision can change. */
import type { Db } from '../platform/database/db.ts'
import type { Comparison } from './comparison.ts'
import { parseStored } from './load-policies.ts'
import { listPolicies } from './store.ts'

const PAGE = 500

/** @returns values from 0 to 1, each once, in their order */
export async function listEpssBounds(db: Db): Promise<number[]> {
  const bounds = new Set<number>()
  for (let offset = 0; ; offset += PAGE) {
    const { items } = await listPolicies(db, { offset, limit: PAGE })
    for (const policy of items) collect(parseStored(policy), bounds)
    if (items.length < PAGE) return [...bounds].toSorted((left, right) => left - right)
  }
}

/** Conditions are nested in many ways, so every `epss` of the policy is taken. */
function collect(value: unknown, bounds: Set<number>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) {
    if (name !== 'epss') collect(part, bounds)
    else for (const comparison of (part ?? []) as readonly Comparison[]) bounds.add(comparison.value) // policy.ts
  }
}
