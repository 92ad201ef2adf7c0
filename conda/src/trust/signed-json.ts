/**
 * The bytes that a signature of conda content trust covers: JSON as Python writes it with sorted keys and an
 * indent of two, everything beyond ASCII escaped. Other bytes than those Python makes, and no signature is right;
 * so numbers are read from the text, where 1 and 1.0 differ, and so do whole numbers beyond 2^53.
 *
 * @see conda-content-trust, `common.canonserialize`
 */

/** A number as it stands in the text. */
class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Deeper than any record or delegation; Python's own reader gives up at a thousand. */
const MAX_DEPTH = 100

/**
 * @param member of the object in the text, when only that is signed
 * @throws SyntaxError for what is no JSON, nested beyond reason, or without the member
 */
export function signedJson(text: string, member?: string): string {
  const value: unknown = JSON.parse(text, keepNumbers)
  if (member === undefined) return write(value, 0)
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, member)
  if (!isThere) throw new SyntaxError(`there is no "${member}"`)
  return write((value as Readonly<Record<string, unknown>>)[member], 0)
}

// the third argument is not in the types of this TypeScript yet
function keepNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new SyntaxError(`nested more than ${MAX_DEPTH} deep`)
  if (value instanceof NumberText) return pythonNumber(value.text)
  if (typeof value === 'string') return pythonString(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => write(item, depth + 1))
    return enclose('[', items, ']', depth)
  }
  const members = Object.entries(value as Readonly<Record<string, unknown>>)
    .sort(([a], [b]) => byCodePoint(a, b))
    .map(([key, item]) => `${pythonString(key)}: ${write(item, depth + 1)}`)
  return enclose('{', members, '}', depth)
}

function enclose(open: string, items: readonly string[], close: string, depth: number): string {
  if (items.length === 0) return open + close
  const indent = '  '.repeat(depth + 1)
  return `${open}\n${indent}${items.join(`,\n${indent}`)}\n${'  '.repeat(depth)}${close}`
}

/** Python compares code points, JavaScript halves of them. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g, // by halves of code points, as Python's escapes are
    (half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function pythonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return BigInt(text).toString()
  const value = Number(text)
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  // both languages give the fewest digits that read back as the same number; they place the point differently
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(exponentText)
  if (exponent >= 16 || exponent < -4) {
    const point = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return `${sign}${point}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}
