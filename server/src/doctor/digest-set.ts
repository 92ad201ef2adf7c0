/**
 * A set of sha256 digests in 16 bytes each, for storages of millions of blobs. It keeps the first eight bytes
 * of a digest: two digests of one storage that share them are beyond all odds, and would only make a
 * collection keep a blob that could go.
 */
const FIRST_CAPACITY = 1024
const MAX_LOAD = 0.6

export class DigestSet {
  #slots = new BigUint64Array(FIRST_CAPACITY)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(sha256: string): void {
    if (this.#size + 1 > this.#slots.length * MAX_LOAD) this.#grow()
    if (insert(this.#slots, keyOf(sha256))) this.#size += 1
  }

  has(sha256: string): boolean {
    const key = keyOf(sha256)
    return this.#slots[slotOf(this.#slots, key)] === key
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2)
    for (const key of this.#slots) if (key !== 0n) insert(larger, key)
    this.#slots = larger
  }
}

function keyOf(sha256: string): bigint {
  // zero marks a free slot
  return BigInt(`0x${sha256.slice(0, 16)}`) || 1n
}

function insert(slots: BigUint64Array, key: bigint): boolean {
  const slot = slotOf(slots, key)
  if (slots[slot] === key) return false
  slots[slot] = key
  return true
}

/** Where the key is, or the free slot where it would go. */
function slotOf(slots: BigUint64Array, key: bigint): number {
  let slot = Number(key & 0xffffffffn) & (slots.length - 1)
  while (slots[slot] !== 0n && slots[slot] !== key) slot = (slot + 1) & (slots.length - 1)
  return slot
}
