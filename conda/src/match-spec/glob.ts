/**
 * Matches a whole text against a pattern in which `*` stands for any run of characters, the empty one
 * too; everything else stands for itself.
 *
 * Only the last star seen is ever reconsidered, so the work is at most pattern length times text length,
 * whatever the pattern: unlike a regular expression made from it, `*a*a*a*b` cannot hang.
 */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resumeAt = 0
  while (t < text.length) {
    const code = p < pattern.length ? pattern.charCodeAt(p) : -1
    if (code === STAR) {
      star = p++
      resumeAt = t
    } else if (code === text.charCodeAt(t)) {
      p++
      t++
    } else if (star !== -1) {
      p = star + 1
      t = ++resumeAt
    } else {
      return false
    }
  }
  while (p < pattern.length && pattern.charCodeAt(p) === STAR) p++
  return p === pattern.length
}

const STAR = 0x2a
