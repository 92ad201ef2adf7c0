/** What a mirror is: a rule that fills a channel from an upstream. Pure; the run is `run-mirror.ts`. */
import { MatchSpec } from '@terrarium/conda'
import { isSubdir } from '@terrarium/conda/names.ts'
import { z } from 'zod'
import { isGiven, psmFilters, type PsmFilters } from '../policies/psm-filter-object.ts'
import { AppError } from '../vocabulary/errors.ts'
import { withoutTokens } from '../platform/log.ts'
import { errorText } from '../platform/text.ts'

export type MirrorState = 'pending' | 'running' | 'completed' | 'failed' | 'stopped'

/** `active` brings the bytes in its run, `passive` each when somebody asks for it. */
export const mirrorModes = ['active', 'passive'] as const
export type MirrorMode = (typeof mirrorModes)[number]

export interface Mirror {
  readonly id: string
  readonly channelId: string
  readonly name: string
  /** As it is shown: credentials in it are `[secret]`, and all of it is in `sealedSource`. */
  readonly sourceRoot: string
  readonly sealedSource: string | undefined
  readonly mode: MirrorMode
  readonly filters: MirrorFilters
  /** The policy that its judging filters are; see policies/mirror-policy.ts. */
  readonly filterPolicy: string | undefined
  readonly state: MirrorState
  /** Why the last run failed. */
  readonly cause: string | undefined
  readonly lastJobId: string | undefined
  readonly lastRunAt: Date | undefined
  /** When it runs by itself; see schedule.ts. */
  readonly cron: string | undefined
  readonly nextRunAt: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

/**
 * An upstream's address as people may see it: a password or a token in it is for the upstream, not for
 * whoever reads the mirror.
 */
export function shownSourceRoot(sourceRoot: string): string {
  const url = /^https?:/i.test(sourceRoot) ? URL.parse(sourceRoot) : null
  if (!url) return sourceRoot
  // all of the authority before its last "@": a password may hold an "@" of its own
  const shown =
    url.username || url.password
      ? sourceRoot.replace(/^(https?:[/\\]*)[^/\\?#]*@/i, '$1[secret]@')
      : sourceRoot
  return withoutTokens(shown)
}

/** Files that an event names; it always says how many there were. */
const MAX_NAMED = 100

/** What the event says of files that a mirror brought and that were taken out. */
export function removedDetails(
  mirrorId: string,
  files: readonly { subdir: string; filename: string }[],
): Readonly<Record<string, unknown>> {
  return {
    mirror_id: mirrorId,
    count: files.length,
    files: files.slice(0, MAX_NAMED).map(({ subdir, filename }) => `${subdir}/${filename}`),
  }
}

const specs = z.array(z.string().min(1).max(1000)).max(1000)

/**
 * The filters of the contract. Some choose by what a record says; those that judge (`judgedFilters`) become a
 * policy for what the mirror brings, which acts at once and says why.
 */
export const mirrorFiltersSchema = psmFilters.extend({
  subdirs: z
    .array(z.string().refine(isSubdir, 'not a subdir such as linux-64 or noarch'))
    .max(50)
    .optional()
    .describe('Empty or left out: all. Without noarch: of it what the packages of these need'),
  only_specs: specs.optional(),
  exclude_specs: specs.optional(),
  include_specs: specs.optional(),
  include_dependencies: z
    .boolean()
    .optional()
    .describe('Beside only_specs: also all that those depend on, directly or through others'),
})

/** By what a record says. A filter that is not named here is judged, or refused, and never lost. */
const choosing: ReadonlySet<string> = new Set([
  'subdirs',
  'only_specs',
  'exclude_specs',
  'include_specs',
  'include_dependencies',
  'dedupe_conda_legacy',
])

export type MirrorFilters = z.infer<typeof mirrorFiltersSchema>

/** The filters that a policy applies. */
export function judgedFilters(filters: MirrorFilters): PsmFilters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !choosing.has(name)))
}

/** Subdirs that a mirror without a list looks for. */
export const DEFAULT_SUBDIRS = [
  'noarch',
  'linux-64',
  'linux-aarch64',
  'osx-64',
  'osx-arm64',
  'win-64',
] as const

/** `platforms`: of noarch, which the mirror does not bring, and nothing that it brings needs it. */
export type FilterCause = 'only_specs' | 'exclude_specs' | 'duplicated_legacy_conda' | 'platforms'

/** Where a mirror looks, and which dependencies it brings beside what its filters choose. */
export interface Scope {
  readonly listed: readonly string[]
  /** `noarch`: what packages of a platform need of it, for without that few can be installed. */
  readonly dependencies: 'all' | 'noarch' | 'none'
}

export function scopeOf(filters: MirrorFilters): Scope {
  const { subdirs, only_specs: only, include_dependencies: withDependencies } = filters
  const listed = isGiven(subdirs) ? subdirs : DEFAULT_SUBDIRS
  if (withDependencies && isGiven(only)) return { listed, dependencies: 'all' }
  return { listed, dependencies: listed.includes('noarch') || isGiven(only) ? 'none' : 'noarch' }
}

export interface CompiledFilter {
  /** Why the filter keeps a record out, or undefined when it lets it through. */
  cause(record: FilteredRecord, filename: string, filenames: ReadonlySet<string>): FilterCause | undefined
}

export interface FilteredRecord {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly build_number: number
}

/**
 * `only_specs` keeps what one of them matches; `exclude_specs` drops what one of them matches, unless one of
 * `include_specs` brings it back; `dedupe_conda_legacy` drops a `.tar.bz2` that has a `.conda` twin.
 *
 * @throws AppError bad-request for a match spec that is none
 */
export function compileFilter(filters: MirrorFilters): CompiledFilter {
  const only = parseSpecs('only_specs', filters.only_specs)
  const exclude = parseSpecs('exclude_specs', filters.exclude_specs)
  const include = parseSpecs('include_specs', filters.include_specs)
  return {
    cause(record, filename, filenames) {
      if (exclude.some((spec) => spec.matches(record)) && !include.some((spec) => spec.matches(record))) {
        return 'exclude_specs'
      }
      if (filters.dedupe_conda_legacy && filename.endsWith('.tar.bz2')) {
        if (filenames.has(filename.replace(/\.tar\.bz2$/, '.conda'))) return 'duplicated_legacy_conda'
      }
      // last: the one cause that being a dependency lifts
      if (only.length > 0 && !only.some((spec) => spec.matches(record))) return 'only_specs'
      return undefined
    },
  }
}

/** The filter for an index in which `needed` files are dependencies of what was chosen. */
export function withDependencies(
  filter: CompiledFilter,
  needed: ReadonlySet<string>,
  isListed: boolean,
): CompiledFilter {
  return {
    cause(record, filename, filenames) {
      const cause = filter.cause(record, filename, filenames)
      if (needed.has(filename)) return cause === 'only_specs' ? undefined : cause
      return isListed ? cause : 'platforms'
    },
  }
}

function parseSpecs(field: string, texts: readonly string[] | undefined): MatchSpec[] {
  return (texts ?? []).map((text) => {
    try {
      return MatchSpec.parse(text)
    } catch (cause) {
      throw new AppError('bad-request', `${field}: "${text}" is no match spec: ${errorText(cause)}`, {
        cause,
      })
    }
  })
}
