/** Refusals of the file as a whole, of its name, of its index.json and of its size. */
import { zstdCompress } from '#zstd'
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import { CONDA, conda, INDEX, INFO, SPEC, STEM, TARBALL, utf8, type RefusalCase } from './refusal-fixtures.ts'
import { concatBytes, writeTar } from './tar-writer.ts'
import { writePackage, zipConda, type PackageSpec } from './write-package.ts'
import { writeZip } from './zip-writer.ts'

function withIndex(index: PackageSpec['index'], filename = TARBALL): Omit<RefusalCase, 'name' | 'code'> {
  return { filename, bytes: () => writePackage({ ...SPEC, index: index ?? {} }, 'tar.bz2') }
}

const cut = async (format: 'conda' | 'tar.bz2', keep: number): Promise<Uint8Array> =>
  (await writePackage(SPEC, format)).slice(0, keep)

/** bzip2 of many megabytes of zeros is a few dozen bytes, and such streams may be put one behind the other. */
export function bomb(): Uint8Array {
  const head = bzip2Compress(writeTar([{ path: 'zeros', statedSize: 64 * 10_000_000 }], new Uint8Array(0)))
  const zeros = bzip2Compress(new Uint8Array(10_000_000))
  return concatBytes([head, ...Array.from({ length: 64 }, () => zeros), bzip2Compress(new Uint8Array(1024))])
}

export const fileCases: RefusalCase[] = [
  {
    name: 'a zip named .zip',
    code: 'unsupported-extension',
    filename: `${STEM}.zip`,
    bytes: () => writeZip([]),
  },
  {
    name: 'a tarball named .conda',
    code: 'magic-mismatch',
    filename: CONDA,
    bytes: () => writePackage(SPEC, 'tar.bz2'),
  },
  { name: 'an empty file', code: 'truncated', filename: CONDA, bytes: () => new Uint8Array(0) },
  { name: 'half a tarball', code: 'truncated', filename: TARBALL, bytes: () => cut('tar.bz2', 200) },
  {
    name: 'a tar without its end mark',
    code: 'truncated',
    filename: TARBALL,
    bytes: () => bzip2Compress(writeTar(INFO, new Uint8Array(0))),
  },
  {
    name: 'a wrong bzip2 checksum',
    code: 'corrupt-compression',
    filename: TARBALL,
    bytes: async () => {
      const bytes = await writePackage(SPEC, 'tar.bz2')
      // The block's checksum follows the ten bytes of stream header and block magic.
      bytes[10] = (bytes[10] ?? 0) ^ 1
      return bytes
    },
  },
  {
    name: 'bytes behind the last bzip2 stream',
    code: 'corrupt-compression',
    filename: TARBALL,
    bytes: async () => concatBytes([await writePackage(SPEC, 'tar.bz2'), utf8('and more')]),
  },
  {
    name: 'bytes behind the last zstd frame',
    code: 'corrupt-compression',
    filename: CONDA,
    bytes: () =>
      zipConda(
        STEM,
        zstdCompress(writeTar(INFO)),
        concatBytes([zstdCompress(writeTar([])), utf8('and more')]),
      ),
  },
  {
    name: 'a pkg tar cut within its zstd frame',
    code: 'truncated',
    filename: CONDA,
    bytes: () => zipConda(STEM, zstdCompress(writeTar(INFO)), zstdCompress(writeTar([])).slice(0, -3)),
  },
  {
    name: 'a file above the limit',
    code: 'archive-too-large',
    filename: CONDA,
    bytes: () => writePackage(SPEC, 'conda'),
    limits: { maxArchiveBytes: 100 },
  },
]

export const identityCases: RefusalCase[] = [
  { name: 'a file name without dashes', code: 'invalid-filename', filename: 'demo.conda', bytes: conda() },
  { name: 'a file name with a folder', code: 'invalid-name', filename: `../${CONDA}`, bytes: conda() },
  { name: 'a file name with capitals', code: 'invalid-name', filename: 'Demo-1.0-0.conda', bytes: conda() },
  { name: 'a virtual package', code: 'virtual-package', filename: '__glibc-2.17-0.conda', bytes: conda() },
  { name: 'a version that is none', code: 'invalid-version', filename: 'demo-1..0-0.conda', bytes: conda() },
  { name: 'a build that is none', code: 'invalid-build', filename: 'demo-1.0-ü.conda', bytes: conda() },
  { name: 'another version inside', code: 'filename-mismatch', ...withIndex({ version: '1.1' }) },
  { name: 'another name inside', code: 'filename-mismatch', ...withIndex({ name: 'other' }) },
  { name: 'a version spelled otherwise', code: 'filename-mismatch', ...withIndex({ version: '1.00' }) },
  { name: 'a subdir with a path in it', code: 'invalid-subdir', ...withIndex({ subdir: '../noarch' }) },
  { name: 'a name that is a number', code: 'invalid-index', ...withIndex({ name: 7 }) },
  { name: 'a build number below zero', code: 'invalid-index', ...withIndex({ build_number: -1 }) },
  {
    name: 'dependencies that are an object',
    code: 'invalid-index',
    ...withIndex({ depends: { python: '3' } }),
  },
  {
    name: 'no index.json',
    code: 'missing-index',
    filename: TARBALL,
    bytes: () => bzip2Compress(writeTar([{ path: 'a', content: 'a' }])),
  },
  ...[
    ['is cut short', INDEX.slice(0, -1)],
    ['is a list', '[]'],
    ['has the same key twice', INDEX.replace('{', '{"version":"0.9",')],
    ['would set a prototype', INDEX.replace('{', '{"__proto__":{"polluted":true},')],
    ['is nested without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['starts with a byte order mark', `\ufeff${INDEX}`],
  ].map(([what, content]): RefusalCase => ({
    name: `an index.json that ${what ?? ''}`,
    code: 'invalid-json',
    filename: TARBALL,
    bytes: () => bzip2Compress(writeTar([{ path: 'info/index.json', content: content ?? '' }])),
  })),
]

export const limitCases: RefusalCase[] = [
  { code: 'too-many-entries', limits: { maxEntries: 2 } },
  { code: 'inflated-too-large', limits: { maxInflatedBytes: 2048 } },
  { code: 'member-too-large', limits: { maxMemberBytes: 10 } },
  { code: 'info-too-large', limits: { maxInfoBytes: 10 } },
  { code: 'index-too-large', limits: { maxIndexBytes: 10 } },
  { code: 'paths-too-large', limits: { maxPathsBytes: 10 } },
].map(
  (limit) =>
    ({
      ...limit,
      name: `above ${Object.keys(limit.limits).join()}`,
      filename: CONDA,
      bytes: () => writePackage(SPEC, 'conda'),
    }) as RefusalCase,
)
