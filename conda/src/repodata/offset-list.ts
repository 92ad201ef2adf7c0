/** A growing list of offsets into a file: four bytes each, so offsets of 4 GiB and more do not fit. */
export class OffsetList {
  /** Meaningful below `length`. Replaced when it is full. */
  values = new Uint32Array(1024)
  length = 0

  push(...offsets: number[]): void {
    const values = this.reserve(offsets.length)
    for (const offset of offsets) values[this.length++] = offset
  }

  /** `values`, with room for `count` more behind `length`. */
  reserve(count: number): Uint32Array {
    if (this.length + count > this.values.length) {
      const grown = new Uint32Array(2 * (this.length + count))
      grown.set(this.values)
      this.values = grown
    }
    return this.values
  }
}
