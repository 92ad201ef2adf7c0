/** Opens a package file in a worker thread, so that a hostile or huge one can't stall the server. */
import { open } from 'node:fs/promises'
import { inspectPackage } from '@terrarium/conda/archive/inspect-package.ts'
import { InvalidPackageError } from '@terrarium/conda/archive/invalid-package-error.ts'
import { fileSource } from '@terrarium/conda/archive/byte-source-node.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { AppError } from '../vocabulary/errors.ts'
import { RecipeReader } from './recipe-reader.ts'
import type { ArtifactInspection } from './artifact-inspection.ts'

export interface InspectTask {
  readonly path: string
  readonly filename: string
}

answerTasks(async (input) => {
  const { path, filename } = input as InspectTask // only takeIn sends tasks
  const handle = await open(path, 'r')
  try {
    const source = await fileSource(handle)
    const recipe = new RecipeReader()
    const inspection = await inspectPackage(source, { filename }, recipe)
    return { result: { ...inspection, recipe: recipe.findings() } satisfies ArtifactInspection }
  } catch (error) {
    if (error instanceof InvalidPackageError) {
      throw new AppError('invalid-package', `${filename}: ${error.message}`, { cause: error })
    }
    throw error
  } finally {
    await handle.close()
  }
})
