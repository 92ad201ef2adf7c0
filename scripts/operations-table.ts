/** The table of configuration keys in docs/OPERATIONS.md, made from the schema's own descriptions. */
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import { configurationSchema } from '../server/src/platform/configuration.ts'
import { fileURLToPath } from 'node:url'

export const OPERATIONS = fileURLToPath(new URL('../docs/OPERATIONS.md', import.meta.url))
const START = '<!-- made by `npm run generate` from server/src/platform/configuration.ts -->'
const END = '<!-- end of what is made -->'

interface Key {
  readonly description?: string
  readonly default?: unknown
}

/** The page with its table as it has to be. @throws Error when the page has no place for it */
export async function withOperationsTable(page: string): Promise<string> {
  const start = page.indexOf(START)
  const end = page.indexOf(END)
  if (start < 0 || end < start) throw new Error(`docs/OPERATIONS.md needs the lines "${START}" and "${END}"`)
  const text = `${page.slice(0, start)}${START}\n\n${operationsTable()}\n\n${page.slice(end)}`
  return format(text, { ...(await resolveConfig(OPERATIONS)), parser: 'markdown' })
}

function operationsTable(): string {
  const { properties = {} } = z.toJSONSchema(configurationSchema, { io: 'input' }) as {
    properties?: Record<string, Key> // what zod makes of an object
  }
  const rows = Object.entries(properties).map(([key, { description = '', default: fallback }]) =>
    [`\`${key}\``, `\`TERRARIUM_${key.toUpperCase()}\``, spelled(fallback), description].join(' | '),
  )
  return [
    '| key | variable | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}

function spelled(fallback: unknown): string {
  if (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0)) return 'none'
  return `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``
}
