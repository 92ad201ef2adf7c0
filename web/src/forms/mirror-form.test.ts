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
