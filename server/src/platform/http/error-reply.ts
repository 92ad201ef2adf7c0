/**
 * How an error becomes an answer. Refusals keep their code and wording; anything else is a bug: logged once
 * with the request's id and answered without detail. The shape is the contract's `{code, message, status}`
 * with RFC 9457's fields beside it; `reason` and `message` at the top level are what conda prints.
 */
import { maskTokens } from '../log.ts'
import { AppError } from '../../vocabulary/errors.ts'

export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly status: number
  readonly [field: string]: unknown
}

/** The body for an error a caller can meet. */
export function errorBody(error: AppError): ErrorBody {
  // a message names the value that was wrong, and that can be a token in the wrong place
  const message = maskTokens(error.message)
  return {
    code: error.code,
    message,
    status: error.status,
    reason: error.code.toUpperCase().replaceAll('-', ' '),
    title: error.code.replaceAll('-', ' '),
    detail: message,
    ...error.details,
  }
}

export function bugBody(requestId: string): ErrorBody {
  return {
    code: 'internal-error',
    message: `something went wrong on our side; the server's log names it under request ${requestId}`,
    status: 500,
    request_id: requestId,
  }
}

/**
 * What a client that is not signed in may try. conda ignores it, pip and twine ask the user for Basic; a
 * browser would ask too, over the page that has a form of its own, so that only the addresses of package
 * clients offer Basic.
 */
export function challengeFor(path: string): string {
  const bearer = 'Bearer realm="Terrarium"'
  return path.startsWith('/api/repo/') ? `Basic realm="Terrarium", ${bearer}` : bearer
}
