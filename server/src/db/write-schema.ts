import { writeFileSync } from 'node:fs'
import { describeSchema } from './describe-schema.ts'

writeFileSync(new URL('schema.gen.ts', import.meta.url), await describeSchema())
