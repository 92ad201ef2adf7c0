/** Patterns of package names, `acme-*`: `*` stands for any text, all else for itself. Matching is linear. */
const PATTERN = /^[a-z0-9_.*-]+$/
const MAX_LENGTH = 128

export function isNamePattern(text: string): boolean {
  return text.length <= MAX_LENGTH && PATTERN.test(text)
}

export function matchesName(pattern: string, name: string): boolean {
  let at = 0
  let from = 0
  let star = -1
  let mark = 0
  while (at < name.length) {
    if (from < pattern.length && pattern[from] === '*') {
      star = from++
      mark = at
    } else if (from < pattern.length && pattern[from] === name[at]) {
      from += 1
      at += 1
    } else if (star >= 0) {
      from = star + 1
      at = ++mark
    } else return false
  }
  while (pattern[from] === '*') from += 1
  return from === pattern.length
}
