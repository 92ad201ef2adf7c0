/** "Did you mean …?": the known word nearest to what somebody typed. */

const longestWord = 64

/**
 * @returns undefined when nothing is near enough to be a slip of the finger; case, hyphens, spaces and
 *   underscores don't count as differences
 */
export function suggest(written: string, known: Iterable<string>): string | undefined {
  if (written.length > longestWord) return undefined
  const plain = fold(written)
  let best: string | undefined
  let bestDistance = Infinity
  for (const word of known) {
    if (word.length > longestWord || Math.abs(word.length - written.length) > plain.length) continue
    const other = fold(word)
    // Whoever gets the beginning right may get more of the rest wrong: "denied" for "deny".
    const limit = Math.max(1, Math.floor(plain.length / (plain.slice(0, 3) === other.slice(0, 3) ? 2 : 3)))
    const distance = editDistance(plain, other)
    if (distance <= limit && distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '')
}

/** Insertions, deletions, replacements, and swaps of neighbours, each counted once. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.length] ?? 0
}
