/**
 * Where a browser may be sent after signing in: a path of this server, and nothing a browser could read as
 * another one. `//evil`, `/\evil`, `/%09/evil`, a scheme, a control character: none of them.
 */
const MAX_LENGTH = 1000

export function isReturnPath(text: string | undefined): text is string {
  if (text === undefined || text.length > MAX_LENGTH) return false
  if (!/^\/(?![/\\])[\x21-\x7E]*$/.test(text) || text.includes('\\')) return false
  const base = 'https://here.invalid'
  if (!URL.canParse(text, base)) return false
  const { origin, pathname } = new URL(text, base)
  return origin === base && !pathname.startsWith('//')
}
