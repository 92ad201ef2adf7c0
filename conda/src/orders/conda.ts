import { versionOf } from '../version/compare.ts'
import { InvalidVersionError } from '../version/parse.ts'
import { asKey } from './key.ts'
import type { VersionKey } from './key.ts'

/** conda's own order, CEP 33. */
export function condaKey(text: string): VersionKey | undefined {
  try {
    return asKey(versionOf(text).key)
  } catch (error) {
    if (error instanceof InvalidVersionError) return undefined
    throw error
  }
}
