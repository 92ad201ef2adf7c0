/**
 * SPDX licence expressions in the one spelling we use: identifiers as SPDX writes them, operators in capitals,
 * the deprecated GNU identifiers replaced by those that say what they mean.
 *
 * @see SPDX specification 3.0, annex B (identifiers are matched without regard to case)
 */
import deprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' }
import current from 'spdx-license-ids/index.json' with { type: 'json' }
import parseSpdx from 'spdx-expression-parse'

export type SpdxExpression = parseSpdx.Info
export type SpdxLicence = parseSpdx.LicenseInfo

/** Longer ones are not looked at: the parser's work grows with the square, its stack with the nesting. */
export const MAX_EXPRESSION_LENGTH = 1000

const spelling = new Map(
  [...deprecated, ...current].map((identifier) => [identifier.toLowerCase(), identifier]),
)

/** One identifier in the spelling used here; undefined for a text that is none. */
export function spdxIdentifier(text: string): string | undefined {
  const expression = parseExpression(text)
  return expression !== undefined && 'license' in expression ? printLicence(expression) : undefined
}

/** The parsed expression; undefined for a text that is none. */
export function parseExpression(text: string): SpdxExpression | undefined {
  if (text.length > MAX_EXPRESSION_LENGTH) return undefined
  try {
    return modernize(
      parseSpdx(text.replace(/[A-Za-z0-9.-]+/g, (word) => spelling.get(word.toLowerCase()) ?? word)),
    )
  } catch {
    // The library throws a plain Error for every text that is no expression.
    return undefined
  }
}

/** An OR within an AND gets parentheses, nothing else does. */
export function printExpression(expression: SpdxExpression): string {
  if (!('conjunction' in expression)) return printLicence(expression)
  const parts = [expression.left, expression.right].map((part) => {
    const text = printExpression(part)
    const isLooser = 'conjunction' in part && part.conjunction === 'or' && expression.conjunction === 'and'
    return isLooser ? `(${text})` : text
  })
  return parts.join(` ${expression.conjunction.toUpperCase()} `)
}

export function printLicence({ license, plus, exception }: SpdxLicence): string {
  return `${license}${plus ? '+' : ''}${exception === undefined ? '' : ` WITH ${exception}`}`
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  'GPL-2.0-with-autoconf-exception': 'Autoconf-exception-2.0',
  'GPL-2.0-with-bison-exception': 'Bison-exception-2.2',
  'GPL-2.0-with-classpath-exception': 'Classpath-exception-2.0',
  'GPL-2.0-with-font-exception': 'Font-exception-2.0',
  'GPL-2.0-with-GCC-exception': 'GCC-exception-2.0',
  'GPL-3.0-with-autoconf-exception': 'Autoconf-exception-3.0',
  'GPL-3.0-with-GCC-exception': 'GCC-exception-3.1',
}

/** SPDX's own replacements: `GPL-2.0` is its old name of `GPL-2.0-only`, `GPL-2.0+` of `GPL-2.0-or-later`. */
function modernize(expression: SpdxExpression): SpdxExpression {
  if ('conjunction' in expression) {
    return { ...expression, left: modernize(expression.left), right: modernize(expression.right) }
  }
  const exception = EXCEPTIONS[expression.license] ?? expression.exception
  const version = /^([AL]?GPL|GFDL)-\d\.\d(?=$|-with-)/.exec(expression.license)?.[0]
  if (version === undefined) return expression
  const license = `${version}-${expression.plus ? 'or-later' : 'only'}`
  return exception === undefined ? { license } : { license, exception }
}
