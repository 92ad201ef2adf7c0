/** Small pure pieces of text work that several subjects need. */

/** What went wrong, in one line, for a message to people; never the stack. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.message || error.name
  const cause = error.cause instanceof Error ? error.cause.message : ''
  // most messages of ours end with what their cause said
  return cause === '' || text.includes(cause) ? text : `${text}: ${cause}`
}

/** `1.5 MB`, with decimal units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]!}`
}
