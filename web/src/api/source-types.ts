/** Sources of advisories and what they brought, in the shapes of the REST interface. */
import type { Item } from '@terrarium/api/shapes.ts'

export type Source = Item<'GET /api/advisory-sources'>

export type AdvisoryImport = Item<'GET /api/advisory-imports'>
