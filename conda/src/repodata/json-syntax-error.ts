export type JsonFault = 'truncated' | 'not-json' | 'duplicate-key' | 'too-deep'

/** Not valid JSON: what stands at `offset`, in words for the log of a mirror. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly fault: JsonFault
  readonly offset: number

  constructor(fault: JsonFault, message: string, offset: number) {
    super(message)
    this.fault = fault
    this.offset = offset
  }
}
