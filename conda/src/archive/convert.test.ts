import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { bytesSource } from './byte-source.ts'
import { convertToConda } from './convert.ts'
import { listMembers, type ListedMember } from './list-members.ts'
import { writeTar, type TarEntry } from './tar-writer.ts'
import { writePackage } from './write-package.ts'

const INDEX: TarEntry = {
  path: 'info/index.json',
  content: '{"name":"demo","version":"1.0","build":"0"}',
  mtime: 7,
}

async function contentOf(bytes: Uint8Array, filename: string): Promise<Omit<ListedMember, 'declaredPath'>[]> {
  const members = await listMembers(bytesSource(bytes), { filename })
  return members
    .map(({ declaredPath, ...rest }) => ({ path: declaredPath.replace(/^(?:\.\/)+|\/$/g, ''), ...rest }))
    .filter(({ path }) => path !== '')
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function expectSameContent(bytes: Uint8Array, filename: string): Promise<void> {
  const converted = await convertToConda(bytesSource(bytes), { filename })

  expect(converted.filename).toBe(filename.replace(/\.tar\.bz2$/, '.conda'))
  expect(await contentOf(converted.bytes, converted.filename)).toEqual(await contentOf(bytes, filename))
}

test('keeps links, folders, modes and times, wherever info lies in the tar', async () => {
  const tar = writeTar([
    { path: './', type: '5' },
    { path: './bin/run', content: '#!/bin/sh\n', mode: 0o755, mtime: 1_700_000_000 },
    { path: './bin/also', type: '1', target: './bin/run' },
    { ...INDEX, path: './info/index.json' },
    { path: './lib/empty/', type: '5' },
    { path: './lib/l.so', type: '2', target: 'l.so.1', mode: 0o777 },
    { path: `./share/${'x'.repeat(200)}`, content: new Uint8Array(3_000_000).fill(1) },
    { path: './info/licenses/MIT', content: 'MIT' },
  ])
  const bytes = bzip2Compress(tar)

  const before = await listMembers(bytesSource(bytes), { filename: 'demo-1.0-0.tar.bz2' })
  const { bytes: converted } = await convertToConda(bytesSource(bytes), { filename: 'demo-1.0-0.tar.bz2' })
  const after = await listMembers(bytesSource(converted), { filename: 'demo-1.0-0.conda' })

  const byPath = new Map(after.map((member) => [member.declaredPath, member]))
  expect(after).toHaveLength(before.length - 1)
  expect(byPath.get('bin/run')).toMatchObject({ mode: 0o755, mtime: 1_700_000_000 })
  expect(byPath.get('bin/also')).toMatchObject({ kind: 'hardlink', declaredTarget: 'bin/run' })
  expect(byPath.get('lib/empty')).toMatchObject({ kind: 'directory' })
  expect(byPath.get(`share/${'x'.repeat(200)}`)).toMatchObject({ size: 3_000_000 })
  expect(byPath.get('info/index.json')).toMatchObject({ mtime: 7 })
})

test('converting what the writer made gives what the writer makes', async () => {
  const spec = { name: 'demo', version: '1.0', files: { 'lib/a': 'a'.repeat(10_000) } }

  const tarball = await writePackage(spec, 'tar.bz2')
  const converted = await convertToConda(bytesSource(tarball), { filename: 'demo-1.0-0.tar.bz2' })

  expect(converted.bytes).toEqual(await writePackage(spec, 'conda'))
})

test('a .conda, a broken archive and a link across the two tars are refused', async () => {
  const hardlink = bzip2Compress(writeTar([INDEX, { path: 'a', type: '1', target: 'info/index.json' }]))
  const empty = bytesSource(new Uint8Array(0))

  const code = (source: Uint8Array, filename: string): Promise<unknown> =>
    convertToConda(bytesSource(source), { filename }).catch((error: unknown) => error)

  await expect(convertToConda(empty, { filename: 'demo-1.0-0.conda' })).rejects.toThrow('is no .tar.bz2')
  expect(await code(hardlink, 'demo-1.0-0.tar.bz2')).toMatchObject({ code: 'unsafe-hardlink' })
  expect(await code(hardlink.slice(0, 60), 'demo-1.0-0.tar.bz2')).toMatchObject({ code: 'truncated' })
})

describe.skipIf(!hasSharedData)('real packages', () => {
  test.each([
    'legacy-2016/conda-forge/linux-64/jpeg-9b-0.tar.bz2',
    'legacy-2016/conda-forge/linux-64/zlib-1.2.8-3.tar.bz2',
    'edge-cases/cph_test_data-0.0.1-0.tar.bz2',
    'edge-cases/both-formats/other-package-0.2-0.tar.bz2',
  ])('%s keeps its content', async (path) => {
    await expectSameContent(await readFile(sharedPath(`data/packages/${path}`)), path.split('/').at(-1) ?? '')
  })
})
