/** A change to the policies of a channel that has not been made: a new text, an assignment, or its end. Pure. */
import type { Policy } from '../policies/policy.ts'
import { parsePolicy } from '../policies/policy-document.ts'

export type PolicyChange =
  | {
      readonly kind: 'write'
      readonly document: string
      readonly filename: string
      /** Only what comes by this mirror, where the policy is not in force already. */
      readonly mirrorId?: string | undefined
    }
  | { readonly kind: 'unassign'; readonly policy: string }

/**
 * The policies of a channel after the change. A text takes the place of the policy of its name wherever that
 * holds, and is put in force in the channel where it does not; one on trial counts as enforced, since what it
 * would do is the question.
 *
 * @throws InvalidPolicyError
 */
export function withChange(policies: readonly Policy[], change: PolicyChange): readonly Policy[] {
  if (change.kind === 'unassign') return policies.filter(({ name }) => name !== change.policy)
  const written = parsePolicy(change.document, { filename: change.filename })
  if (policies.some(({ name }) => name === written.name)) return replaced(policies, written)
  return [...policies, change.mirrorId === undefined ? written : { ...written, mirrorId: change.mirrorId }]
}

/**
 * Of another channel than the one that the change is for: a text takes the place of the policy of its name, and nothing
 * is put in force or ends there.
 *
 * @throws InvalidPolicyError
 */
export function withNewText(policies: readonly Policy[], change: PolicyChange): readonly Policy[] {
  return change.kind === 'unassign'
    ? policies
    : replaced(policies, parsePolicy(change.document, { filename: change.filename }))
}

function replaced(policies: readonly Policy[], written: Policy): readonly Policy[] {
  const places = policies.filter(({ name }) => name === written.name)
  return [
    ...policies.filter(({ name }) => name !== written.name),
    ...places.map((place) => ({
      ...written,
      exceptions: [...written.exceptions, ...(place.granted ?? [])],
      ...(place.granted && { granted: place.granted }),
      ...(place.mirrorId !== undefined && { mirrorId: place.mirrorId }),
    })),
  ]
}
