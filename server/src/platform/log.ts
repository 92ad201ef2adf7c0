/**
 * The log: JSON lines on standard error, one event each, readable on its own. Paths lose their tokens
 * before they are written, because conda clients carry a token in the path.
 */
import { pino, type Logger } from 'pino'

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
    pino.destination({ fd: 2, sync: true }),
  )
}

/**
 * `/t/tk-abc/main/…` as `/t/[secret]/main/…`; also for tokens that stand deeper in the path, and for what an
 * identity provider sends a browser back with.
 */
export function withoutTokens(path: string): string {
  return path
    .replace(/\/t\/[^/?#]+/g, '/t/[secret]')
    .replace(/([?&](?:code|state|session_state|id_token_hint|logout_token)=)[^&#]*/g, '$1[secret]')
}
