import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { bytesSource } from './byte-source.ts'
import { listMembers } from './list-members.ts'
import { packageFilename, writePackage, type PackageSpec } from './write-package.ts'

const long = `share/${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(99)}`
const veryLong = `share/${'x'.repeat(150)}/y`
const spec: PackageSpec = {
  name: 'demo',
  version: '1.0',
  files: { 'lib/größe.txt': 'ü', 'bin/run': new Uint8Array(1000), [long]: '1', [veryLong]: '2' },
  links: { 'lib/l.so': 'l.so.1', 'lib/deep': `${'t'.repeat(120)}/target` },
  info: { 'about.json': { summary: 'x' } },
}

test.each(['conda', 'tar.bz2'] as const)(
  'a .%s holds what its spec says, and nothing of this machine',
  async (format) => {
    const bytes = await writePackage(spec, format)

    const members = await listMembers(bytesSource(bytes), { filename: packageFilename(spec, format) })

    expect(members.map(({ declaredPath }) => declaredPath)).toEqual([
      'info/about.json',
      'info/index.json',
      'info/paths.json',
      'bin/run',
      'lib/deep',
      'lib/größe.txt',
      'lib/l.so',
      long,
      veryLong,
    ])
    expect(members.every(({ mtime }) => mtime === 0)).toBe(true)
    expect(members.find(({ declaredPath }) => declaredPath === 'lib/deep')?.declaredTarget).toBe(
      spec.links?.['lib/deep'],
    )
    expect(members.find(({ declaredPath }) => declaredPath === 'bin/run')).toMatchObject({
      size: 1000,
      sha256: createHash('sha256').update(new Uint8Array(1000)).digest('hex'),
    })
  },
)

test('the same spec gives the same bytes, in whatever order its files stand', async () => {
  const reversed = { ...spec, files: Object.fromEntries(Object.entries(spec.files ?? {}).reverse()) }

  for (const format of ['conda', 'tar.bz2'] as const) {
    expect(await writePackage(reversed, format)).toEqual(await writePackage(spec, format))
  }
})
