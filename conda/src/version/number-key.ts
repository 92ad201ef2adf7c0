/**
 * Whole numbers of any length as text that sorts as the numbers do. Self-delimiting, so that keys can be
 * strung together: small numbers are one character, larger ones a length and their digits.
 * The characters used for the start are `!` (zero) to `{`; callers may use `|`, `}`, `~` above them.
 */
const FIRST = 0x21
const SMALL = 50
const SHORT_LENGTHS = 38
const LONG = '{'
const LONG_BASE = 90

const SMALL_KEYS = new Map<string, string>()
for (let n = 0; n <= SMALL; n++) SMALL_KEYS.set(String(n), String.fromCharCode(FIRST + n))

/** @param digits decimal digits without leading zeros, at most 8100 of them */
export function numberKey(digits: string): string {
  const length = digits.length
  if (length <= 2) {
    const small = SMALL_KEYS.get(digits)
    if (small !== undefined) return small
  }
  if (length <= SHORT_LENGTHS) return String.fromCharCode(FIRST + SMALL + length) + digits
  const high = String.fromCharCode(FIRST + Math.floor(length / LONG_BASE))
  return LONG + high + String.fromCharCode(FIRST + (length % LONG_BASE)) + digits
}
