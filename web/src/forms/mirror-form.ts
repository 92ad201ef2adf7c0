import type { NewMirror } from '../api/actions.ts'
import type { MirrorFilters } from '../api/types.ts'

export type Licence = NonNullable<MirrorFilters['exclude_licenses']>[number]

/** A mirror as the form holds it: lists of match specs are still the text people wrote. */
export interface MirrorForm {
  readonly name: string
  readonly sourceRoot: string
  readonly subdirs: readonly string[]
  readonly onlySpecs: string
  readonly excludeSpecs: string
  readonly withDependencies: boolean
  readonly isDeduped: boolean
  /** Families of licences, as the server names them. */
  readonly excludedLicences: readonly Licence[]
  /** Empty for any score. */
  readonly highestScore: string
  /** `YYYY-MM-DD`, or empty. */
  readonly builtFrom: string
  readonly isSignedOnly: boolean
  readonly isPassive: boolean
  /** Empty for a mirror that runs when somebody says so. */
  readonly cron: string
  readonly runNow: boolean
}

export const emptyMirrorForm: MirrorForm = {
  name: '',
  sourceRoot: '',
  subdirs: [],
  onlySpecs: '',
  excludeSpecs: '',
  withDependencies: false,
  isDeduped: true,
  excludedLicences: [],
  highestScore: '',
  builtFrom: '',
  isSignedOnly: false,
  isPassive: false,
  cron: '',
  runNow: true,
}

export function toNewMirror(form: MirrorForm): NewMirror {
  const onlySpecs = toLines(form.onlySpecs)
  const excludeSpecs = toLines(form.excludeSpecs)
  return {
    mirror_name: form.name.trim(),
    source_root: form.sourceRoot.trim(),
    filters: {
      ...(form.subdirs.length > 0 && { subdirs: form.subdirs }),
      ...(onlySpecs.length > 0 && { only_specs: onlySpecs }),
      ...(excludeSpecs.length > 0 && { exclude_specs: excludeSpecs }),
      ...(form.withDependencies && onlySpecs.length > 0 && { include_dependencies: true }),
      ...(form.excludedLicences.length > 0 && { exclude_licenses: [...form.excludedLicences] }),
      ...(form.highestScore.trim() !== '' && { cve_score_threshold: Number(form.highestScore) }),
      ...(form.builtFrom !== '' && { date_from: form.builtFrom }),
      ...(form.isSignedOnly && { only_signed: true }),
      ...(form.isDeduped && { dedupe_conda_legacy: true }),
    },
    mirror_mode: form.isPassive ? 'passive' : 'active',
    cron: form.cron.trim() || null,
    run_now: form.runNow,
  }
}

/** A comma stays: `numpy >=1.24,<2` is one match spec. */
function toLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
