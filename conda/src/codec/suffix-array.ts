/**
 * Suffix arrays by induced sorting, in time linear to the input whatever that holds: long repeats, on which
 * comparison sorting of a Burrows-Wheeler transform takes for ever, cost nothing extra.
 *
 * @see G. Nong, S. Zhang, W. H. Chan, "Two Efficient Algorithms for Linear Time Suffix Array Construction", 2011
 */
type Text = Uint8Array | Int32Array

/**
 * Where each suffix of `text` starts, in the order of the suffixes; a suffix that ends sorts before one that
 * goes on.
 * @param alphabet all symbols are below
 */
export function suffixArray(text: Text, alphabet: number): Int32Array {
  const n = text.length
  if (n < 2) return new Int32Array(n)
  const isSmall = classify(text)
  const sizes = new Int32Array(alphabet)
  for (const symbol of text) sizes[symbol]!++
  const suffixes = new Int32Array(n)
  const markers = leftmostSmall(isSmall)
  induce(suffixes, text, isSmall, sizes, markers)
  if (markers.length > 1) {
    induce(suffixes, text, isSmall, sizes, sortMarkers(text, isSmall, suffixes, markers))
  }
  return suffixes
}

/** 1 for a suffix that is smaller than the one after it. */
function classify(text: Text): Uint8Array {
  const isSmall = new Uint8Array(text.length)
  for (let i = text.length - 2; i >= 0; i--) {
    const here = text[i]!
    const next = text[i + 1]!
    isSmall[i] = here < next || (here === next && isSmall[i + 1] === 1) ? 1 : 0
  }
  return isSmall
}

/** Small suffixes with a large one before: the order of these alone determines all others. */
function leftmostSmall(isSmall: Uint8Array): Int32Array {
  const found: number[] = []
  for (let i = 1; i < isSmall.length; i++) if (isSmall[i] === 1 && isSmall[i - 1] === 0) found.push(i)
  return Int32Array.from(found)
}

/** Sorts all suffixes from the given order of the markers: large ones forwards, then small ones backwards. */
function induce(
  suffixes: Int32Array,
  text: Text,
  isSmall: Uint8Array,
  sizes: Int32Array,
  markers: Int32Array,
): void {
  const n = text.length
  suffixes.fill(-1)
  let ends = bucketEnds(sizes)
  for (let i = markers.length - 1; i >= 0; i--) {
    const marker = markers[i]!
    suffixes[--ends[text[marker]!]!] = marker
  }
  const heads = bucketEnds(sizes)
  for (let symbol = 0; symbol < sizes.length; symbol++) heads[symbol]! -= sizes[symbol]!
  suffixes[heads[text[n - 1]!]!++] = n - 1
  for (let i = 0; i < n; i++) {
    const before = suffixes[i]! - 1
    if (before >= 0 && isSmall[before] === 0) suffixes[heads[text[before]!]!++] = before
  }
  ends = bucketEnds(sizes)
  for (let i = n - 1; i >= 0; i--) {
    const before = suffixes[i]! - 1
    if (before >= 0 && isSmall[before] === 1) suffixes[--ends[text[before]!]!] = before
  }
}

function bucketEnds(sizes: Int32Array): Int32Array {
  const ends = new Int32Array(sizes.length)
  let total = 0
  for (let symbol = 0; symbol < sizes.length; symbol++) {
    total += sizes[symbol]!
    ends[symbol] = total
  }
  return ends
}

/**
 * The markers in the order of their suffixes. The first round has sorted the pieces from marker to marker; equal
 * pieces get one number, and the text of these numbers is sorted in turn, unless all differ.
 */
function sortMarkers(text: Text, isSmall: Uint8Array, suffixes: Int32Array, markers: Int32Array): Int32Array {
  const rank = new Int32Array(text.length).fill(-1)
  markers.forEach((marker, i) => (rank[marker] = i))
  const sorted = new Int32Array(markers.length)
  let found = 0
  for (const suffix of suffixes) if (rank[suffix]! >= 0) sorted[found++] = suffix
  const numbers = new Int32Array(markers.length)
  let number = 0
  for (let i = 1; i < sorted.length; i++) {
    const marker = sorted[i]!
    if (!samePiece(text, isSmall, sorted[i - 1]!, marker)) number++
    numbers[rank[marker]!] = number
  }
  if (number + 1 === markers.length) return sorted
  return suffixArray(numbers, number + 1).map((position) => markers[position]!)
}

/** Whether the pieces from two markers to the next marker each are equal. The end of the text equals nothing. */
function samePiece(text: Text, isSmall: Uint8Array, a: number, b: number): boolean {
  const n = text.length
  for (let i = 0; ; i++) {
    if (a + i >= n || b + i >= n || text[a + i] !== text[b + i]) return false
    if (i > 0) {
      const aEnds = isSmall[a + i] === 1 && isSmall[a + i - 1] === 0
      const bEnds = isSmall[b + i] === 1 && isSmall[b + i - 1] === 0
      if (aEnds && bEnds) return true
      if (aEnds !== bEnds) return false
    }
  }
}
