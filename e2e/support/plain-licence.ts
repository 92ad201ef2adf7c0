/**
 * Whether the licence of a record cannot be had without the GPL or the AGPL, read in the plainest way and with
 * none of the product's code, after what docs/POLICIES.md says of licences: of a choice one may take the other,
 * of a list one takes all, and a text that mixes both without brackets is kept with all it names.
 */

/** @param family `license_family`, which counts only where there is no licence */
export function namesCopyleft(licence: string, family: string): boolean {
  return needsCopyleft(licence.trim() === '' ? family : licence)
}

const AND = /^(?:\s+and\s+|\s*[&,]\s*)/i
/** Not in `or later`. */
const OR = /^(?:\s+or\s+(?!later)|\s*\|\s*)/i

function needsCopyleft(text: string): boolean {
  const plain = text.trim().replace(/^\(([^()]*)\)$/, '$1')
  const all = splitOutsideBrackets(plain, AND)
  const choices = splitOutsideBrackets(plain, OR)
  if (all.length > 1) return all.some(choices.length > 1 ? isCopyleft : needsCopyleft)
  // R writes `GPL-3 | file LICENSE` where the file adds to the licence
  const real = choices.filter((choice) => !/^\s*file LICEN[CS]E\s*$/.test(choice))
  return real.length > 1 ? real.every(needsCopyleft) : isCopyleft(real.join(''))
}

function splitOutsideBrackets(text: string, separator: RegExp): string[] {
  const parts = ['']
  let depth = 0
  for (let at = 0; at < text.length;) {
    const found = depth === 0 ? separator.exec(text.slice(at))?.[0] : undefined
    if (found !== undefined) {
      parts.push('')
      at += found.length
      continue
    }
    const sign = text[at] ?? ''
    if (sign === '(') depth += 1
    if (sign === ')') depth -= 1
    parts.push(`${parts.pop() ?? ''}${sign}`)
    at += 1
  }
  return parts
}

function isCopyleft(text: string): boolean {
  return /(?<![A-Za-z])A?GPL|General Public License/i.test(
    text.replace(/L(?:esser )?GPL|Lesser General Public License/gi, ''),
  )
}
