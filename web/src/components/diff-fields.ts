/** Two pictures of a thing as the audit log keeps them, compared field by field. */

export interface FieldChange {
  readonly name: string
  /** Undefined where there was none. */
  readonly before?: unknown
  readonly after?: unknown
}

/** Fields that differ, in the order of the pictures. What is no object is one field without a name of its own. */
export function diffFields(before: unknown, after: unknown): FieldChange[] {
  const old = fieldsOf(before)
  const now = fieldsOf(after)
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return names
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => ({ name, before: old[name], after: now[name] }))
}

export function showValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) return { value }
  return value as Record<string, unknown> // an object that is no list has fields
}
