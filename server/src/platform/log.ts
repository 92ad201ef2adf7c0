/**
 * The log: JSON lines on standard error, one event each, readable on its own. Paths lose their tokens
 * before they are written, because conda clients carry a token in the path.
 */
import { pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

export function openLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['req.headers.authorization', '*.password', '*.token'], censor: '[secret]' },
    },
    withoutTokensOfOurs(pino.destination({ fd: 2, sync: true })),
  )
}

/** The last thing before the disk, so that no message, cause or stack that quotes a token gets past it. */
function withoutTokensOfOurs(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(maskTokens(line)) }
}

/** As identity/token-secret.ts spells them; this is below it, and knows no more of them than their looks. */
const SPELLED_TOKEN = /trm[a-z]-[0-9A-Za-z]{40}-[0-9A-Za-z]{6}/g

/** A text without the tokens of ours in it, wherever they stand: people put them into the oddest places. */
export function maskTokens(text: string): string {
  return text.includes('trm') ? text.replace(SPELLED_TOKEN, '[secret]') : text
}

/** Names under which clients of other servers put a secret into a query. */
const SECRET_PARAMETERS = [
  ...['code', 'state', 'session_state', 'id_token_hint', 'logout_token', 'id_token', 'refresh_token'],
  ...[
    'token',
    'access_token',
    'auth_token',
    'x-auth',
    'x-auth-token',
    'api_key',
    'apikey',
    'x-api-key',
    'key',
  ],
  ...['authorization', 'password', 'passwd', 'pass', 'secret', 'client_secret', 'device_code', 'user_code'],
]
const SECRET_IN_QUERY = new RegExp(`([?&](?:${SECRET_PARAMETERS.join('|')})=)[^&#]*`, 'gi')

/**
 * `/t/tk-abc/main/…` as `/t/[secret]/main/…`; also for tokens that stand deeper in the path or in a query, and for what
 * an identity provider sends a browser back with.
 */
export function withoutTokens(path: string): string {
  return maskTokens(path.replace(/\/t\/[^/?#]+/g, '/t/[secret]').replace(SECRET_IN_QUERY, '$1[secret]'))
}
