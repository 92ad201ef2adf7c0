/** A text that is not a match spec. `cause` holds the fault of a part: of its version, of a pattern. */
export class InvalidMatchSpecError extends Error {
  override readonly name = 'InvalidMatchSpecError'
  readonly spec: string
  readonly reason: string

  constructor(spec: string, reason: string, options?: ErrorOptions) {
    const shown = spec.length > 120 ? `${spec.slice(0, 120)}…` : spec
    super(`Invalid match spec ${JSON.stringify(shown)}: ${reason}`, options)
    this.spec = spec
    this.reason = reason
  }
}
