/** Who asks: a person, or nobody. Everything an operation may know about the asker. */
export type Actor =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly id: string; readonly name: string; readonly isAdmin: boolean }

export const nobody: Actor = { kind: 'nobody' }

/** The id for audit and jobs; undefined for nobody. */
export function actorId(actor: Actor): string | undefined {
  return actor.kind === 'user' ? actor.id : undefined
}
