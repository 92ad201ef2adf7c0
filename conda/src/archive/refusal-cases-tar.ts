/** Refusals of members of the tars, and of what paths.json says of them. */
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import type { InvalidPackageCode } from './invalid-package-error.ts'
import {
  CONDA,
  conda,
  INDEX,
  INFO,
  SPEC,
  STEM,
  TARBALL,
  tarball,
  type RefusalCase,
} from './refusal-fixtures.ts'
import { concatBytes, writeTar, type TarEntry } from './tar-writer.ts'
import { writeConda, writePackage, type PackageSpec } from './write-package.ts'

const file = (path: string): TarEntry => ({ path, content: 'x' })
const link = (path: string, target: string): TarEntry => ({ path, type: '2', target })

export const tarCases: RefusalCase[] = [
  ...(
    [
      ['an absolute path', 'unsafe-path', file('/etc/passwd')],
      ['a path with ..', 'unsafe-path', file('lib/../../etc/passwd')],
      ['a path with a dot', 'unsafe-path', file('lib/./a')],
      ['a path with an empty part', 'unsafe-path', file('lib//a')],
      ['a path with a backslash', 'unsafe-path', file('lib\\..\\..\\a')],
      ['a path with a drive letter', 'unsafe-path', file('C:a')],
      ['a path with a NUL', 'unsafe-path', { ...file('a'), pax: { path: 'a\0b' } }],
      ['bytes behind the NUL of a path', 'unsafe-path', { ...file('a'), patch: [[2, 'hidden']] }],
      ['a path that is no UTF-8', 'unsafe-path', { ...file('a'), patch: [[0, Uint8Array.of(0xff)]] }],
      ['an empty path', 'unsafe-path', file('')],
      ['a file that is named like a folder', 'unsafe-path', file('lib/')],
      ['a GNU long name with a NUL', 'unsafe-path', { path: '././@LongLink', type: 'L', content: 'a\0b\0' }],
      ['a path of 5000 bytes', 'path-too-long', file('d/'.repeat(2500) + 'a')],
      ['a link target of 5000 bytes', 'path-too-long', link('a', 'd/'.repeat(2500))],
      [
        'an extension header of 2 MiB',
        'path-too-long',
        { path: 'x', type: 'x', content: new Uint8Array(2 ** 21) },
      ],
      ['a wrong header checksum', 'tar-malformed', { ...file('a'), patch: [[100, '7']], keepChecksum: true }],
      ['an unknown magic', 'tar-malformed', { ...file('a'), patch: [[257, 'rats!']] }],
      ['a size that is no number', 'tar-malformed', { ...file('a'), patch: [[124, '12345678xyz']] }],
      ['a negative size', 'tar-malformed', { ...file('a'), patch: [[124, new Uint8Array(12).fill(0xff)]] }],
      ['a PAX record without an end', 'tar-malformed', { path: 'x', type: 'x', content: '99 path=a\n' }],
      ['a folder with content', 'tar-size-mismatch', { path: 'lib/', type: '5', statedSize: 512 }],
      ['a PAX size against the header', 'tar-size-mismatch', { ...file('a'), pax: { size: '1024' } }],
      ['a PAX key twice', 'tar-header-conflict', { path: 'x', type: 'x', content: '9 path=a\n9 path=b\n' }],
      ['a global PAX path', 'tar-header-conflict', { path: 'g', type: 'g', content: '9 path=a\n' }],
      ['a PAX character set', 'tar-header-conflict', { ...file('a'), pax: { hdrcharset: 'BINARY' } }],
      [
        'a prefix in a header that is not ustar',
        'tar-header-conflict',
        {
          ...file('a'),
          patch: [
            [257, 'ustar  \0'],
            [345, 'bin'],
          ],
        },
      ],
      ['a character device', 'special-member', { path: 'dev/null', type: '3' }],
      ['a block device', 'special-member', { path: 'dev/sda', type: '4' }],
      ['a pipe', 'special-member', { path: 'pipe', type: '6' }],
      ['a sparse file', 'sparse-member', { path: 'a', type: 'S' }],
      ['a PAX sparse file', 'sparse-member', { ...file('a'), pax: { 'GNU.sparse.major': '1' } }],
      ['a multi-volume member', 'unsupported-member', { path: 'a', type: 'M' }],
      ['a file that runs as its owner', 'setuid-member', { ...file('bin/su'), mode: 0o4755 }],
      ['a file of conda-meta', 'reserved-path', file('conda-meta/history')],
      ['a file of conda-meta in capitals', 'reserved-path', file('Conda-Meta/history')],
      ['a repodata record', 'reserved-path', file('info/repodata_record.json')],
      ['info in capitals', 'reserved-path', file('INFO/index.json')],
      ['an index.json that is a link', 'misplaced-member', link('info/about.json', '../a')],
      ['a hard link to nothing', 'unsafe-hardlink', { path: 'a', type: '1', target: 'lib/a' }],
      ['a hard link out of the package', 'unsafe-path', { path: 'a', type: '1', target: '../a' }],
      ['a link target with a NUL', 'invalid-link', { ...link('a', 'b'), pax: { linkpath: 'b\0c' } }],
    ] satisfies [string, InvalidPackageCode, TarEntry][]
  ).map(([name, code, member]): RefusalCase => ({
    name,
    code,
    filename: TARBALL,
    bytes: tarball(member as TarEntry),
  })),
  { name: 'a path with a leading ./', code: 'unsafe-path', filename: CONDA, bytes: conda(file('./a')) },
  {
    name: 'two extension headers of one kind',
    code: 'tar-header-conflict',
    filename: TARBALL,
    bytes: tarball(
      { path: 'L', type: 'L', content: 'a\0' },
      { path: 'L', type: 'L', content: 'b\0' },
      file('c'),
    ),
  },
  {
    name: 'a PAX and a GNU name for one member',
    code: 'tar-header-conflict',
    filename: TARBALL,
    bytes: tarball({ path: 'L', type: 'L', content: 'a\0' }, { ...file('c'), pax: { path: 'b' } }),
  },
  {
    name: 'an extension header at the end',
    code: 'tar-malformed',
    filename: TARBALL,
    bytes: tarball({ path: 'L', type: 'L', content: 'a\0' }),
  },
  {
    name: 'a member behind a block of zeros',
    code: 'tar-trailing-data',
    filename: TARBALL,
    bytes: () => bzip2Compress(concatBytes([writeTar(INFO, new Uint8Array(512)), writeTar([file('a')])])),
  },
  {
    name: 'a member behind the end mark',
    code: 'tar-trailing-data',
    filename: TARBALL,
    bytes: () => bzip2Compress(concatBytes([writeTar(INFO), writeTar([file('a')])])),
  },
  { name: 'a path twice', code: 'duplicate-member', filename: TARBALL, bytes: tarball(file('a'), file('a')) },
  {
    name: 'index.json twice',
    code: 'duplicate-member',
    filename: TARBALL,
    bytes: tarball({ path: './info/index.json', content: INDEX }),
  },
  {
    name: 'a member through a link',
    code: 'member-through-link',
    filename: TARBALL,
    bytes: tarball(link('etc', '/etc'), file('etc/passwd')),
  },
  {
    name: 'a link in place of a folder',
    code: 'member-through-link',
    filename: TARBALL,
    bytes: tarball(file('etc/passwd'), link('etc', '/etc')),
  },
  {
    name: 'a member through a link in another case',
    code: 'member-through-link',
    filename: TARBALL,
    bytes: tarball(link('Lib', '/usr/lib'), file('lib/libc.so')),
  },
  {
    name: 'a hard link to a link',
    code: 'unsafe-hardlink',
    filename: TARBALL,
    bytes: tarball(link('a', '/etc/passwd'), { path: 'b', type: '1', target: 'a' }),
  },
  {
    name: 'info in the pkg tar',
    code: 'misplaced-member',
    filename: CONDA,
    bytes: conda(file('info/about.json')),
  },
  {
    name: 'a file outside of info in the info tar',
    code: 'misplaced-member',
    filename: CONDA,
    bytes: () => writeConda(STEM, writeTar([...INFO, file('lib/a')]), writeTar([])),
  },
]

export const pathsCases: RefusalCase[] = (
  [
    ['a file that paths.json does not list', { extraMembers: [file('lib/b.txt')] }],
    ['a list of a file that is not there', { info: { 'paths.json': { paths: [{ _path: 'lib/b.txt' }] } } }],
    ['another size than listed', listing({ size_in_bytes: 2 })],
    ['another digest than listed', listing({ sha256: '0'.repeat(64) })],
    ['a listed link that is a file', listing({ path_type: 'softlink' })],
  ] satisfies [string, Partial<PackageSpec>][]
).map(([name, change]) => ({
  name,
  code: 'paths-mismatch',
  filename: CONDA,
  bytes: () => writePackage({ ...SPEC, ...change }, 'conda'),
}))

function listing(entry: Record<string, string | number>): Partial<PackageSpec> {
  return { info: { 'paths.json': { paths: [{ _path: 'lib/a.txt', path_type: 'hardlink', ...entry }] } } }
}
