/**
 * What a file that should be JSON really is, told by its first bytes: the usual answers of proxies, login
 * pages and misconfigured servers, named so that the log of a mirror says what to fix.
 */
export interface Hint {
  readonly fault: 'empty' | 'byte-order-mark' | 'html' | 'compressed'
  readonly found: string
}

const MAGIC: readonly (readonly [bytes: readonly number[], hint: Hint])[] = [
  [[0xef, 0xbb, 0xbf], { fault: 'byte-order-mark', found: 'a byte order mark, which JSON must not have' }],
  [[0xff, 0xfe], { fault: 'byte-order-mark', found: 'a byte order mark of UTF-16' }],
  [[0xfe, 0xff], { fault: 'byte-order-mark', found: 'a byte order mark of UTF-16' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { fault: 'compressed', found: 'zstd data that was not decompressed' }],
  [[0x1f, 0x8b], { fault: 'compressed', found: 'gzip data that was not decompressed' }],
  [[0x42, 0x5a, 0x68], { fault: 'compressed', found: 'bzip2 data that was not decompressed' }],
]

/** Undefined when nothing speaks against JSON. */
export function notJsonHint(bytes: Uint8Array): Hint | undefined {
  for (const [magic, hint] of MAGIC) {
    if (magic.every((byte, i) => bytes[i] === byte)) return hint
  }
  const text = String.fromCharCode(...bytes.subarray(0, 512)).trimStart()
  if (text === '' && bytes.length <= 512) return { fault: 'empty', found: 'an empty file' }
  if (/^<(!doctype|html|\?xml|head|body|!--)/i.test(text)) return { fault: 'html', found: 'an HTML page' }
  return undefined
}
