import { expect, test } from 'vitest'
import { emptyMirrorForm, toNewMirror } from './mirror-form.ts'

test('what is left empty is left out of the request', () => {
  const form = {
    ...emptyMirrorForm,
    name: ' forge ',
    sourceRoot: 'https://example.org/forge',
    isDeduped: false,
  }
  expect(toNewMirror(form)).toEqual({
    mirror_name: 'forge',
    source_root: 'https://example.org/forge',
    filters: {},
    mirror_mode: 'active',
    cron: null,
    run_now: true,
  })
})

test('a passive mirror says so', () => {
  expect(toNewMirror({ ...emptyMirrorForm, isPassive: true }).mirror_mode).toBe('passive')
})

test('a schedule goes without the spaces around it', () => {
  expect(toNewMirror({ ...emptyMirrorForm, cron: ' 0 3 * * * ' }).cron).toBe('0 3 * * *')
})

test('each line is one match spec, with its commas', () => {
  const form = { ...emptyMirrorForm, subdirs: ['noarch'], onlySpecs: ' numpy >=1.24,<2 \r\n\n pandas\n' }
  expect(toNewMirror(form).filters).toEqual({
    subdirs: ['noarch'],
    only_specs: ['numpy >=1.24,<2', 'pandas'],
    dedupe_conda_legacy: true,
  })
})

test('what judges goes along, and dependencies only beside packages that have them', () => {
  const form = {
    ...emptyMirrorForm,
    isDeduped: false,
    withDependencies: true,
    excludedLicences: ['agpl'] as const,
    highestScore: ' 7.5',
    builtFrom: '2025-01-01',
    isSignedOnly: true,
  }
  expect(toNewMirror(form).filters).toEqual({
    exclude_licenses: ['agpl'],
    cve_score_threshold: 7.5,
    date_from: '2025-01-01',
    only_signed: true,
  })
  expect(toNewMirror({ ...form, onlySpecs: 'numpy' }).filters).toMatchObject({ include_dependencies: true })
})
