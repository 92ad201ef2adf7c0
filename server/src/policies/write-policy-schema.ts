/** Writes policy.schema.json anew: `node server/src/policies/write-policy-schema.ts`, then `npm run format`. */
import { writeFileSync } from 'node:fs'
import { policyJsonSchema } from './policy-schema.ts'

writeFileSync(
  new URL('policy.schema.json', import.meta.url),
  `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
)
