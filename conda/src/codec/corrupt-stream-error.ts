/**
 * What a decoder throws for compressed bytes that it cannot or will not read.
 *
 * `truncated` means that the bytes ended early and were sound until then; everything else is `corrupt`.
 */
export class CorruptStreamError extends Error {
  readonly reason: 'corrupt' | 'truncated'

  constructor(reason: 'corrupt' | 'truncated', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CorruptStreamError'
    this.reason = reason
  }
}
