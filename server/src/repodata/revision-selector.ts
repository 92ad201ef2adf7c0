/**
 * What may stand behind the `@` of a channel: the number of a revision, or a date or an instant in UTC. Pure.
 */
export type RevisionSelector =
  { readonly kind: 'number'; readonly number: number } | { readonly kind: 'instant'; readonly instant: Date }

const NUMBER = /^(?:0|[1-9]\d{0,8})$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z$/
/** ISO 8601's basic form: for whoever cannot have a colon in a path. */
const BASIC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/**
 * A date is its first instant: what it means does not change from the moment it can be asked for.
 * @returns undefined for anything else, also for a day that no calendar has
 */
export function parseRevisionSelector(text: string): RevisionSelector | undefined {
  if (NUMBER.test(text)) return { kind: 'number', number: Number(text) }
  const iso = text.replace(BASIC, '$1-$2-$3T$4:$5:$6Z')
  if (!DATE.test(iso) && !INSTANT.test(iso)) return undefined
  const instant = new Date(iso)
  // `2026-02-30` is read as the second of March
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(iso.slice(0, 10))) return undefined
  return { kind: 'instant', instant }
}
