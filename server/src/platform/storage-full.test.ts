import { openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { isStorageFull, StorageWatch } from './storage-full.ts'

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it went well')
}

test('SQLite without room is a full storage, and any other fault of it is not', () => {
  const db = new DatabaseSync(':memory:')
  db.exec('create table things (bytes text not null); pragma max_page_count = 3')
  expect(isStorageFull(errorOf(() => db.exec(`insert into things values ('${'x'.repeat(100_000)}')`)))).toBe(
    true,
  )
  expect(isStorageFull(errorOf(() => db.exec('insert into things values (null)')))).toBe(false)
  expect(isStorageFull(errorOf(() => db.exec('no such words')))).toBe(false)
})

test.runIf(process.platform === 'linux')('so is a file that nothing more can be written to', () => {
  const full = openSync('/dev/full', 'w')
  expect(isStorageFull(errorOf(() => writeSync(full, 'x')))).toBe(true)
})

test.each([
  ['PostgreSQL', Object.assign(new Error('could not extend file'), { code: '53100' }), true],
  ['a quota', Object.assign(new Error('EDQUOT: disk quota exceeded'), { code: 'EDQUOT' }), true],
  ['a bucket that says 507', Object.assign(new Error('no'), { $metadata: { httpStatusCode: 507 } }), true],
  ['a store by its own name for it', Object.assign(new Error('no'), { name: 'XMinioStorageFull' }), true],
  ['a cause of a cause', new Error('a', { cause: new Error('b', { cause: { code: 'ENOSPC' } }) }), true],
  ['a file that is not there', Object.assign(new Error('ENOENT'), { code: 'ENOENT' }), false],
  ['no error at all', undefined, false],
  ['a text', 'ENOSPC', false],
])('%s: %s', (_what, error, expected) => {
  expect(isStorageFull(error)).toBe(expected)
})

test('an error that caused itself comes to an end', () => {
  const error = new Error('round')
  error.cause = error
  expect(isStorageFull(error)).toBe(false)
})

test('what was full counts as full for a minute', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-room-'))
  let now = new Date('2026-01-01T00:00:00Z')
  const watch = new StorageWatch({ folder, now: () => now })
  expect(await watch.fault()).toBeUndefined()
  watch.noteFull()
  now = new Date(now.getTime() + 59_000)
  expect(await watch.fault()).toContain('storage-full')
  now = new Date(now.getTime() + 1_000)
  expect(await watch.fault()).toBeUndefined()
  await rm(folder, { recursive: true })
})
