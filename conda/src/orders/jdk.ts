import { asKey, END, number, numbersFilled } from './key.ts'
import type { VersionKey } from './key.ts'

/** `1.8.0_382`, `1.8.0_382-b05`, `8u382`, `8u382-b05`: up to Java 8. */
const OLD = /^(?:1\.([0-9]+)(?:\.([0-9]+))?(?:[._-]u?([0-9]+))?|([0-9]+)u([0-9]+))(?:[._-]b([0-9]+))?$/
/** JEP 223 and 322: `11.0.20+8`, `17-ea+35`. A dash of conda's may stand as an underscore. */
const NEW = /^([0-9]+(?:\.[0-9]+)*)(?:[-_]([a-z][a-z0-9]*))?(?:\+([0-9]+))?(?:[-_+.][a-z0-9._-]+)?$/

const RELEASE = '~'
/** Marks a kind of release where others have the name of a pre-release: `11.0.20-LTS`. */
const LONG_TERM = 'lts'

/**
 * The order of OpenJDK, in which 1.8.0_382, 8u382 and 8.0.382 are one version.
 *
 * @see JEP 223, "Version strings"; a build number is above none at all
 */
export function jdkKey(text: string): VersionKey | undefined {
  const lower = text.trim().toLowerCase()
  const old = OLD.exec(lower)
  if (old !== null) {
    const [, feature, interim, update, shortFeature, shortUpdate, build] = old
    const release = [feature ?? shortFeature ?? '', interim ?? '0', update ?? shortUpdate ?? '0']
    return key(release, undefined, build)
  }
  const match = NEW.exec(lower)
  if (match === null) return undefined
  const [, release = '', preRelease, build] = match
  return key(release.split('.'), preRelease === LONG_TERM ? undefined : preRelease, build)
}

function key(
  release: readonly string[],
  preRelease: string | undefined,
  build: string | undefined,
): VersionKey {
  const pre = preRelease === undefined ? RELEASE : `a${preRelease}${END}`
  return asKey(numbersFilled(release) + pre + (build === undefined ? END : number(build)))
}
