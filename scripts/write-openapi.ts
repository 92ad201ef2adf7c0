/** Writes api/openapi.json and api/types.gen.ts. Run by `npm run generate`. */
import { writeFileSync } from 'node:fs'
import { apiTypes } from './api-types.ts'
import { apiText, describeApi } from './describe-api.ts'

const api = await describeApi()
writeFileSync(new URL('../api/openapi.json', import.meta.url), apiText(api))
writeFileSync(new URL('../api/types.gen.ts', import.meta.url), apiTypes(api))
