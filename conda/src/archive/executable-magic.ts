/** Recognises machine code by its first bytes: a `noarch` package should have none. */

/** Bytes of a file's start that `isExecutable` needs. */
export const EXECUTABLE_HEAD_BYTES = 64

/** ELF, Mach-O (thin and fat) and PE; scripts are not machine code. */
export function isExecutable(head: Uint8Array, size: number): boolean {
  if (head.length < 8) return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  switch (view.getUint32(0)) {
    case 0x7f454c46:
    case 0xfeedface:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xcffaedfe:
      return true
    case 0xcafebabe:
      // Java classes start alike; theirs go on with a version of 45 and more, here it is a count of machines.
      return view.getUint32(4) < 45
  }
  const isDos = head[0] === 0x4d && head[1] === 0x5a && head.length >= 64
  return isDos && view.getUint32(60, true) < size
}
