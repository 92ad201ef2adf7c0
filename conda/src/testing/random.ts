/** Random numbers that can be had again from their seed, and what fuzzing makes from them. */
export interface RandomSource {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  chance(probability: number): boolean
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** A copy with a few bytes changed, taken out, doubled, or put together with `other`. */
  mutate(bytes: Uint8Array, other?: Uint8Array): Uint8Array<ArrayBuffer>
  /** The same for texts. */
  mutateText(text: string, alphabet: readonly string[]): string
}

/** Bytes at the borders of number formats, and those that structure texts. */
const NOTABLE = [
  0x00, 0x01, 0x7f, 0x80, 0xff, 0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d, 0x5c, 0x2f, 0x2e, 0xc1, 0xdd, 0xdf,
]

/** sfc32. @see http://pracrand.sourceforge.net/RNG_engines.txt */
export function randomSource(seed: number): RandomSource {
  let [a, b, c, counter] = [seed | 0, (seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1]
  const word = (): number => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let i = 0; i < 15; i++) word()

  const next = (): number => word() / 2 ** 32
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T // never empty
  const chance = (probability: number): boolean => next() < probability
  /** Small ones often: the structure of most formats is at their beginning. */
  const position = (length: number): number => Math.floor(length * (chance(0.5) ? next() ** 4 : next()))

  return {
    next,
    below,
    pick,
    chance,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
    mutate(bytes, other) {
      let result = Uint8Array.from(bytes)
      for (let i = 1 + below(4); i > 0; i--) {
        const at = position(result.length)
        const size = 1 + Math.floor(next() ** 3 * Math.min(64, result.length))
        switch (below(other === undefined ? 6 : 7)) {
          case 0:
            if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << below(8))
            break
          case 1:
            if (at < result.length) result[at] = pick(NOTABLE)
            break
          case 2:
            if (at < result.length) result[at] = below(256)
            break
          case 3:
            result = joined(result.subarray(0, at), result.subarray(at + size))
            break
          case 4:
            result = joined(result.subarray(0, at + size), result.subarray(at))
            break
          case 5:
            result = chance(0.2) ? result.slice(0, at) : joined(result.subarray(0, at), this.bytes(size), result.subarray(at)) // prettier-ignore
            break
          default:
            result = joined(result.subarray(0, at), (other ?? result).subarray(position(other?.length ?? 0)))
        }
      }
      return result
    },
    mutateText(text, alphabet) {
      let result = text
      for (let i = 1 + below(4); i > 0; i--) {
        const at = below(result.length + 1)
        const size = below(6)
        const inserted = Array.from({ length: 1 + below(3) }, () => pick(alphabet)).join('')
        switch (below(4)) {
          case 0:
            result = result.slice(0, at) + inserted + result.slice(at)
            break
          case 1:
            result = result.slice(0, at) + result.slice(at + size)
            break
          case 2:
            result = result.slice(0, at) + inserted + result.slice(at + size)
            break
          default:
            result = result.slice(0, at + size) + result.slice(at)
        }
      }
      return result
    },
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
