/** Shapes of the calls of the REST interface, by method and path, from what the server says of itself. */
import type { Api } from './types.gen.ts'

export type Call = keyof Api

/** The body of a call's successful answer. */
export type Answer<C extends Call> = Api[C] extends { answer: infer A } ? A : never

/** One of what a call lists. */
export type Item<C extends Call> =
  Answer<C> extends { readonly items: readonly (infer I)[] } | readonly (infer I)[] ? I : never
