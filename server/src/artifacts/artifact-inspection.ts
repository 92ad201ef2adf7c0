import type { PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import type { RecipeFindings } from './recipe-reader.ts'

/** What was found inside: the package, and what its own recipe says, which older releases did not read. */
export interface ArtifactInspection extends PackageInspection {
  readonly recipe?: RecipeFindings
}
