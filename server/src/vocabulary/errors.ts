/**
 * Every refusal a caller can meet. The code is a promise, the wording is not; docs/ERRORS.md explains
 * each to people, and a test keeps the two lists equal.
 */
export const errorStatuses = {
  'bad-request': 400,
  'invalid-package': 400,
  'invalid-attestation': 400,
  'invalid-policy': 400,
  'invalid-advisories': 400,
  'invalid-mapping': 400,
  'invalid-configuration': 400,
  unauthenticated: 401,
  'wrong-credentials': 401,
  'second-factor-needed': 401,
  'invalid-assertion': 400,
  'sign-in-expired': 400,
  'sign-in-refused': 403,
  'identity-taken': 409,
  'provider-unreachable': 503,
  'permission-denied': 403,
  'cross-site-request': 403,
  'blocked-by-policy': 403,
  'outbound-refused': 400,
  'not-found': 404,
  conflict: 409,
  'filename-taken': 409,
  'revision-expired': 410,
  // not 5xx: clients would try it three more times, and then show no reason
  'package-damaged': 410,
  'body-too-slow': 408,
  'too-large': 413,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  'upstream-unreachable': 502,
  'upstream-answer': 502,
  'invalid-upstream-index': 502,
  'shutting-down': 503,
  'storage-full': 507,
  'data-folder-in-use': 500,
  'data-folder-newer': 500,
  'blobs-missing': 500,
  'blobs-unknown': 500,
  'database-unreachable': 500,
  'port-in-use': 500,
  'corrupt-data': 500,
  'internal-error': 500,
} as const

export type ErrorCode = keyof typeof errorStatuses

/** A refusal with a code from the catalogue. `details` is shown to the caller: never a secret in it. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
  }

  get status(): number {
    return errorStatuses[this.code]
  }
}
