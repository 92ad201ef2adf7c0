/** Writes the table of configuration keys into docs/OPERATIONS.md. Run by `npm run generate`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { OPERATIONS, withOperationsTable } from './operations-table.ts'

writeFileSync(OPERATIONS, await withOperationsTable(readFileSync(OPERATIONS, 'utf8')))
