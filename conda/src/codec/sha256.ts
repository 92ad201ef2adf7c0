/**
 * SHA-256 in pieces: Node's own where there is one, else the one written out below (a browser offers only a
 * one-shot digest, which would need a whole member in memory).
 *
 * @see FIPS 180-4, sections 4.1.2, 5.3.3 and 6.2.2
 */
export interface Sha256 {
  update(bytes: Uint8Array): void
  /** Lower-case hex. The hash is used up. */
  digestHex(): string
}

const native = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:crypto')

export function createSha256(): Sha256 {
  if (native === undefined) return new PortableSha256()
  const hash = native.createHash('sha256')
  return {
    update: (bytes) => void hash.update(bytes),
    digestHex: () => hash.digest('hex'),
  }
}

/** First 32 bits of the fractional parts of the `power`-th roots of the first `count` primes. */
function primeRootBits(count: number, power: 1 | 2): Uint32Array {
  const words = new Uint32Array(count)
  let found = 0
  for (let candidate = 2n; found < count; candidate++) {
    let isPrime = true
    for (let divisor = 2n; divisor * divisor <= candidate; divisor++)
      if (candidate % divisor === 0n) isPrime = false
    if (isPrime) words[found++] = rootBits(candidate, power === 1 ? 2n : 3n)
  }
  return words
}

/** 32 bits after the point of the square or cube root, by bisection on whole numbers: no rounding. */
function rootBits(value: bigint, degree: bigint): number {
  const scaled = value << (32n * degree)
  let low = 0n
  let high = 1n << 40n
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** degree <= scaled) low = middle
    else high = middle
  }
  return Number(low & 0xffff_ffffn)
}

const initialState = primeRootBits(8, 1)
const roundConstants = primeRootBits(64, 2)

/** Exported for its test; use `createSha256`. */
export class PortableSha256 implements Sha256 {
  readonly #state = initialState.slice()
  readonly #schedule = new Uint32Array(64)
  readonly #block = new Uint8Array(64)
  #filled = 0
  #total = 0

  update(bytes: Uint8Array): void {
    this.#total += bytes.length
    let offset = 0
    while (offset < bytes.length) {
      const taken = Math.min(64 - this.#filled, bytes.length - offset)
      this.#block.set(bytes.subarray(offset, offset + taken), this.#filled)
      this.#filled += taken
      offset += taken
      if (this.#filled === 64) {
        this.#compress()
        this.#filled = 0
      }
    }
  }

  digestHex(): string {
    const bitLength = BigInt(this.#total) * 8n
    const padding = new Uint8Array((this.#filled < 56 ? 56 : 120) - this.#filled + 8)
    padding[0] = 0x80
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bitLength)
    this.update(padding)
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('')
  }

  #compress(): void {
    // Every index below is within 0..63 of arrays of 64, or 0..7 of the state.
    const w = this.#schedule
    const view = new DataView(this.#block.buffer)
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(i * 4)
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
    }
    const state = this.#state
    let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
    let [e, f, g, h] = [state[4]!, state[5]!, state[6]!, state[7]!]
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i]! + w[i]!) | 0
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    const added = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i++) state[i] = state[i]! + added[i]!
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
