/**
 * XXH64, the checksum of zstd frames. It finds accidents, not attackers.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/v0.8.2/doc/xxhash_spec.md
 */
const PRIME_1 = 0x9e3779b185ebca87n
const PRIME_2 = 0xc2b2ae3d27d4eb4fn
const PRIME_3 = 0x165667b19e3779f9n
const PRIME_4 = 0x85ebca77c2b2ae63n
const PRIME_5 = 0x27d4eb2f165667c5n
const STRIPE = 32

type Lanes = [bigint, bigint, bigint, bigint]

export class XxHash64 {
  readonly #lanes: Lanes = [u64(PRIME_1 + PRIME_2), PRIME_2, 0n, u64(-PRIME_1)]
  readonly #stripe = new Uint8Array(STRIPE)
  #filled = 0
  #total = 0

  update(bytes: Uint8Array): void {
    this.#total += bytes.length
    let offset = 0
    if (this.#filled > 0) {
      offset = Math.min(STRIPE - this.#filled, bytes.length)
      this.#stripe.set(bytes.subarray(0, offset), this.#filled)
      this.#filled += offset
      if (this.#filled < STRIPE) return
      this.#addStripe(viewOf(this.#stripe), 0)
      this.#filled = 0
    }
    const view = viewOf(bytes)
    for (; offset + STRIPE <= bytes.length; offset += STRIPE) this.#addStripe(view, offset)
    this.#stripe.set(bytes.subarray(offset))
    this.#filled = bytes.length - offset
  }

  digest(): bigint {
    const [a, b, c, d] = this.#lanes
    let hash = PRIME_5
    if (this.#total >= STRIPE) {
      hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n))
      for (const lane of this.#lanes) hash = u64((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4)
    }
    hash = u64(hash + BigInt(this.#total))
    const view = viewOf(this.#stripe)
    let at = 0
    for (; at + 8 <= this.#filled; at += 8) {
      hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4)
    }
    for (; at + 4 <= this.#filled; at += 4) {
      hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * PRIME_1), 23n) * PRIME_2 + PRIME_3)
    }
    for (; at < this.#filled; at++) {
      hash = u64(rotate(hash ^ u64(BigInt(view.getUint8(at)) * PRIME_5), 11n) * PRIME_1)
    }
    hash = u64((hash ^ (hash >> 33n)) * PRIME_2)
    hash = u64((hash ^ (hash >> 29n)) * PRIME_3)
    return hash ^ (hash >> 32n)
  }

  #addStripe(view: DataView, offset: number): void {
    const lanes = this.#lanes
    for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(offset + 8 * i, true))
  }
}

function round(lane: bigint, input: bigint): bigint {
  return u64(rotate(u64(lane + input * PRIME_2), 31n) * PRIME_1)
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits))
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
