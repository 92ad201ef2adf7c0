import { readFileSync } from 'node:fs'

/** The release of this server, from its package. */
export const RELEASE = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version
