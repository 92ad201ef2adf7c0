/**
 * What may stand behind the `@` of a channel: the number of a revision, a date in UTC, or an instant. Pure.
 */
export type RevisionSelector =
  { readonly kind: 'number'; readonly number: number } | { readonly kind: 'instant'; readonly instant: Date }

const NUMBER = /^(?:0|[1-9]\d{0,8})$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
/**
 * An instant without a zone is refused: it would be another one on another machine. Other languages print more digits
 * than the milliseconds that are kept; what was served in one was served in all of it.
 */
const INSTANT =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/
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
  const [day, instant] = [new Date(iso.slice(0, 10)), new Date(iso)]
  if (Number.isNaN(day.getTime()) || Number.isNaN(instant.getTime())) return undefined
  // `2026-02-30` is read as the second of March
  return day.toISOString().startsWith(iso.slice(0, 10)) ? { kind: 'instant', instant } : undefined
}

/** For whoever gave what cannot be read. */
export function describeSelectors(text: string): string {
  return (
    `"${text.slice(0, 60)}" is no revision: give a number, a date (2026-10-01), or an instant with its zone ` +
    '(2026-10-01T12:00:00Z, 2026-10-01T14:00:00+02:00)'
  )
}
