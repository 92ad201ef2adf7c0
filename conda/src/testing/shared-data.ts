/**
 * Where the shared reference data lies, for tests that check against real packages and indexes.
 * The data is not part of the repository: every test that needs it is skipped when it is absent.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const root = join(fileURLToPath(import.meta.url), '../../../../../shared')

export const hasSharedData = existsSync(join(root, 'data', 'README.md'))

/** Path of a file below the shared folder: `sharedPath('data/packages')`. */
export function sharedPath(relative: string): string {
  return join(root, relative)
}
