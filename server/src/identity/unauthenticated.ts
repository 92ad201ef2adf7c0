/** The refusal of whoever is nobody: what came with the request, why that opens nothing, and the way out. */
import { AppError } from '../vocabulary/errors.ts'
import type { Nobody, RefusedCredential } from './actor.ts'

// conda shows this in place of its own advice, and knows no other way to give a token than these two
const WAY_OUT =
  'Make one on the page "Your account" or with "terrarium token create", and give it as /t/TOKEN in ' +
  'front of the path of the channel, as the password of this host in ~/.netrc, or with "pixi auth login"'

export function unauthenticated({ refused }: Nobody): AppError {
  if (refused?.reason === 'session-over')
    return new AppError('unauthenticated', 'the session is over: sign in again')
  return new AppError('unauthenticated', `this needs a token, and ${whatCame(refused)}. ${WAY_OUT}`)
}

function whatCame(refused: Exclude<RefusedCredential, { reason: 'session-over' }> | undefined): string {
  if (!refused) return 'none came with the request'
  switch (refused.reason) {
    case 'no-token':
      return 'what came with the request is none: the password of an account is for signing in alone'
    case 'unknown':
      return 'the one that came is not valid: it is mistyped or cut, it was dropped, or its account is disabled'
    case 'expired':
      return `the one that came ran out at ${refused.at.toISOString()}`
  }
}
