import type { TarMember } from '@terrarium/conda/archive/tar-reader.ts'
import { expect, test } from 'vitest'
import { RecipeReader } from './recipe-reader.ts'

function read(
  files: Readonly<Record<string, string>>,
  kind: TarMember['kind'] = 'file',
): ReturnType<RecipeReader['findings']> {
  const reader = new RecipeReader()
  for (const [declaredPath, text] of Object.entries(files)) {
    const bytes = Buffer.from(text)
    reader.beginMember({ kind, declaredPath, declaredTarget: '', size: bytes.length, mode: 0o644, mtime: 0 })
    // in pieces, as an archive comes
    for (let start = 0; start < bytes.length; start += 7) reader.content(bytes.subarray(start, start + 7))
    reader.endMember()
  }
  return reader.findings()
}

const recipe = `
package:
  name: libtiff
source:
  url: https://download.osgeo.org/libtiff/tiff-4.4.0.tar.gz
  sha256: 917223b37538959aca3b790d2d73aa6e626b688e02dcda272aec24c2f498abed
  patches:
    # CVE-2022-3970
    - patches/0007-fix.patch
    - patches/0008-other.patch
about:
  home: https://libtiff.gitlab.io
`

test('sources, and patches with the CVEs of name, header and comment', () => {
  const findings = read({
    'info/recipe/meta.yaml': recipe,
    'info/recipe/patches/0007-fix.patch': 'From abc\nSubject: fix\n\n--- a/x\n+++ b/x\n+// CVE-2000-0001\n',
    'info/recipe/patches/0008-other.patch':
      'Subject: [PATCH] fixes cve-2022-1111 and CVE-2022-1112\ndiff --git a b\n',
    './info/recipe/CVE-2022-2056.patch': '--- a\n',
    'lib/CVE-2022-9999.patch': 'no recipe',
  })
  expect(findings).toEqual({
    sourceUrls: ['https://download.osgeo.org/libtiff/tiff-4.4.0.tar.gz'],
    patches: [
      { file: 'patches/0007-fix.patch', vulnerabilityIds: ['CVE-2022-3970'] },
      { file: 'patches/0008-other.patch', vulnerabilityIds: ['CVE-2022-1111', 'CVE-2022-1112'] },
      { file: 'CVE-2022-2056.patch', vulnerabilityIds: ['CVE-2022-2056'] },
    ],
  })
})

test('several sources, and templates that are not filled in', () => {
  const text =
    'source:\n  - url:\n      - https://pypi.io/packages/source/u/urllib3/urllib3-2.0.4.tar.gz\n  - url: "https://x.org/${{ version }}.gz"\n'
  expect(read({ 'info/recipe/recipe.yaml': text }).sourceUrls).toEqual([
    'https://pypi.io/packages/source/u/urllib3/urllib3-2.0.4.tar.gz',
  ])
})

test('a link is not read, and of a huge file only the beginning', () => {
  expect(read({ 'info/recipe/meta.yaml': recipe }, 'symlink')).toEqual({ sourceUrls: [], patches: [] })
  const huge = `${'x'.repeat(20_000)}CVE-2022-1111`
  expect(read({ 'info/recipe/a.patch': huge }).patches).toEqual([{ file: 'a.patch', vulnerabilityIds: [] }])
})

test('thousands of patches do not fill the memory', () => {
  const files = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`info/recipe/${index}.patch`, 'x']),
  )
  expect(read(files).patches).toHaveLength(300)
})
