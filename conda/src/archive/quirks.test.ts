/** What real packages do and a stricter reader would refuse. */
import { describe, expect, test } from 'vitest'
import { zstdCompress } from '#zstd'
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import { bytesSource } from './byte-source.ts'
import { inspectPackage } from './inspect-package.ts'
import { concatBytes, writeTar, type TarEntry } from './tar-writer.ts'
import { packageFilename, writeConda, writePackage, zipConda, type PackageSpec } from './write-package.ts'
import { writeZip } from './zip-writer.ts'

const INDEX = '{"name":"demo","version":"1.0","build":"0"}'
const INFO: readonly TarEntry[] = [{ path: 'info/index.json', content: INDEX }]

async function inspectEntries(
  entries: readonly TarEntry[],
): Promise<Awaited<ReturnType<typeof inspectPackage>>> {
  const bytes = bzip2Compress(writeTar(entries))
  return inspectPackage(bytesSource(bytes), { filename: 'demo-1.0-0.tar.bz2' })
}

describe('accepted, with a warning where there is something to know:', () => {
  test('names with a leading ./ in a tar.bz2, and the root folder itself', async () => {
    const found = await inspectEntries([
      { path: './', type: '5' },
      { path: './info/index.json', content: INDEX },
      { path: './bin/a', content: 'a' },
    ])

    expect(found).toMatchObject({ name: 'demo', entryCount: 3 })
  })

  test('an index.json without subdir, which platform and arch make up for', async () => {
    const old = INDEX.replace('{', '{"platform":"linux","arch":"x86_64",')

    expect(await inspectEntries([{ path: 'info/index.json', content: old }])).toMatchObject({
      subdir: 'linux-64',
    })
    expect(await inspectEntries(INFO)).not.toHaveProperty('subdir')
  })

  test('capitals in the name of an old index.json', async () => {
    const found = await inspectEntries([{ path: 'info/index.json', content: INDEX.replace('demo', 'Demo') }])

    expect(found.name).toBe('demo')
    expect(found.warnings).toContain('info/index.json spells the name with capitals')
  })

  test('several bzip2 streams, as pbzip2 writes them', async () => {
    const tar = writeTar([...INFO, { path: 'a', content: 'x'.repeat(3000) }])
    const streams = [tar.subarray(0, 700), tar.subarray(700, 701), new Uint8Array(0), tar.subarray(701)]
    const bytes = concatBytes(streams.map((part) => bzip2Compress(part)))

    const found = await inspectPackage(bytesSource(bytes), { filename: 'demo-1.0-0.tar.bz2' })

    expect(found.entryCount).toBe(2)
  })

  test('several zstd frames', async () => {
    const tar = writeTar(INFO)
    const frames = concatBytes([zstdCompress(tar.subarray(0, 600)), zstdCompress(tar.subarray(600))])
    const bytes = zipConda('demo-1.0-0', frames, zstdCompress(writeTar([])))

    const found = await inspectPackage(bytesSource(bytes), { filename: 'demo-1.0-0.conda' })

    expect(found.warnings).toContain('The info tar has 2 zstd frames; some readers stop at the first')
  })

  test('licences in the pkg tar, where conda-package-handling put them until 2023', async () => {
    const licence: TarEntry = { path: 'info/licenses/LICENSE', content: 'MIT' }
    const bytes = writeConda('demo-1.0-0', writeTar(INFO), writeTar([licence]))

    const found = await inspectPackage(bytesSource(bytes), { filename: 'demo-1.0-0.conda' })

    expect(found.licenses).toEqual(['LICENSE'])
  })

  test('a hard link to a file before it, GNU long names, and a harmless global header', async () => {
    const path = `lib/${'x'.repeat(120)}`
    const found = await inspectEntries([
      {
        path: 'pax_global_header',
        type: 'g',
        content: '52 comment=0123456789012345678901234567890123456789\n',
      },
      ...INFO,
      { path: '././@LongLink', type: 'L', content: `${path}\0` },
      { path: path.slice(0, 100), content: 'content' },
      { path: 'lib/same', type: '1', target: path, pax: { linkpath: path } },
    ])

    expect(found.entryCount).toBe(3)
  })

  test('paths that differ in case only', async () => {
    const found = await inspectEntries([
      ...INFO,
      { path: 'N/a', content: '1' },
      { path: 'n/a', content: '2' },
    ])

    expect(found.warnings.join()).toContain('N/a and n/a: Windows and macOS keep one of them')
  })

  test('a link without a target, and the prefix modes of has_prefix', async () => {
    const hasPrefix = '/opt/anaconda1anaconda2anaconda3 text bin/a\n"/opt/x" binary "lib/b"\n'
    const found = await inspectEntries([
      ...INFO,
      { path: 'info/has_prefix', content: hasPrefix },
      { path: 'lib/l', type: '2', target: '' },
    ])

    expect(found.warnings).toContain('The link lib/l has no target')
    expect(found.flags).toMatchObject({ textPrefix: true, binaryPrefix: true })
  })

  test('a .conda without metadata.json, with zip64 records, and with zip64 values that nothing asks for', async () => {
    const content = (entries: readonly TarEntry[]): Uint8Array => zstdCompress(writeTar(entries))
    const extra = new Uint8Array(20)
    extra.set([1, 0, 16, 0])
    const bytes = writeZip(
      [
        { name: 'pkg-demo-1.0-0.tar.zst', content: content([]), fields: { extra } },
        { name: 'info-demo-1.0-0.tar.zst', content: content(INFO) },
      ],
      { zip64: true },
    )

    const found = await inspectPackage(bytesSource(bytes), { filename: 'demo-1.0-0.conda' })

    expect(found.warnings.join()).toContain('metadata.json')
  })

  test('a virtual name, for a mirror that asks for it', async () => {
    const spec: PackageSpec = { name: '__anaconda_core_depends', version: '1.0' }
    const filename = packageFilename(spec, 'conda')
    const source = bytesSource(await writePackage(spec, 'conda'))

    expect(await inspectPackage(source, { filename, allowVirtualName: true })).toMatchObject({
      name: spec.name,
    })
  })
})
