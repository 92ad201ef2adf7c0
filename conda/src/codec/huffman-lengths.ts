/** Code lengths for the bzip2 encoder: Huffman's algorithm with an upper bound. */

/**
 * One length of 1 to `maxBits` per frequency; a frequency of 0 counts as 1, since bzip2 gives every symbol a
 * code. When the optimum is too deep, frequencies are flattened until it fits, as the reference encoder does.
 */
export function huffmanLengths(frequencies: readonly number[], maxBits: number): Uint8Array {
  let weights = frequencies.map((frequency) => Math.max(1, frequency))
  for (;;) {
    const lengths = optimalLengths(weights)
    if (lengths.every((length) => length <= maxBits)) return lengths
    weights = weights.map((weight) => Math.floor(weight / 2) + 1)
  }
}

interface Node {
  readonly weight: number
  readonly symbols: readonly number[]
}

/** Merges the two lightest nodes until one is left. Leaves and merged nodes both come in order of weight. */
function optimalLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length)
  const leaves: Node[] = weights
    .map((weight, symbol) => ({ weight, symbols: [symbol] }))
    .sort((a, b) => a.weight - b.weight)
  const merged: Node[] = []
  let leaf = 0
  let inner = 0
  const takeLightest = (): Node => {
    const first = leaves[leaf]
    const second = merged[inner]
    if (first !== undefined && (second === undefined || first.weight <= second.weight)) {
      leaf++
      return first
    }
    inner++
    // The loop below asks only while two nodes are left.
    return second!
  }
  for (let left = weights.length; left > 1; left--) {
    const a = takeLightest()
    const b = takeLightest()
    const symbols = [...a.symbols, ...b.symbols]
    for (const symbol of symbols) lengths[symbol]!++
    merged.push({ weight: a.weight + b.weight, symbols })
  }
  return lengths
}
