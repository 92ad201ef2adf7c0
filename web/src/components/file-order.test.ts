import { expect, test } from 'vitest'
import type { Effect, PackageFile } from '../api/types.ts'
import { newestFirst, newestOffered } from './file-order.ts'

function file(version: string, buildNumber: number, effect: Effect = 'allow'): PackageFile {
  const filename = `a-${version}-h_${buildNumber}.conda`
  return {
    channel: 'main',
    ckey: `noarch/${filename}`,
    family: 'conda',
    name: 'a',
    size: 1,
    url: '',
    metadata: {
      version,
      build: `h_${buildNumber}`,
      build_number: buildNumber,
      subdir: 'noarch',
      filename,
      license: null,
      sha256: '',
      verified_by: 'sha256',
    },
    effect,
    reasons: [],
    created_at: '',
    updated_at: '',
  }
}

test('files are ordered as conda orders versions, not as text', () => {
  const files = [file('1.9', 0), file('1.10', 0), file('1.10rc1', 0), file('1.10', 2)]
  expect(newestFirst(files).map(({ metadata }) => `${metadata.version}/${metadata.build_number}`)).toEqual([
    '1.10/2',
    '1.10/0',
    '1.10rc1/0',
    '1.9/0',
  ])
})

test('the version to install is the newest that clients are offered', () => {
  const files = newestFirst([
    file('3', 0, 'deny'),
    file('2', 0, 'warn'),
    file('1', 0),
    file('2.5', 0, 'hide'),
  ])
  expect(newestOffered(files)).toBe('2')
  expect(newestOffered([file('1', 0, 'hold')])).toBeUndefined()
  const damage = {
    ...{ found: 'its bytes are gone', found_at: '', state: 'found' as const, action: null, acted_at: null },
    way_out: '',
  }
  expect(newestOffered([{ ...file('2', 0), damage }, file('1', 0)])).toBe('1')
})
