/** The library in a browser: bundled as an application would, it reads there what it reads in Node. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  encodeShard,
  renderRepodata,
  writePackage,
  type PackageSpec,
  type RepodataRecord,
} from '@terrarium/conda'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { probe, probeWriting, type ProbeInput } from './support/conda-probe.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const hasChromium = existsSync(CHROMIUM)

interface Probed {
  condaProbe: { probe: typeof probe; probeWriting: typeof probeWriting }
}

async function bundle(): Promise<{ code: string; modules: string[] }> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      lib: {
        entry: fileURLToPath(new URL('support/conda-probe.ts', import.meta.url)),
        formats: ['iife'],
        name: 'probed',
      },
    },
  })
  const [{ output }] = result as [Rolldown.RolldownOutput] // one format, so one output, and no watcher
  const [chunk] = output
  return { code: chunk.code, modules: Object.keys(chunk.modules) }
}

async function inputs(): Promise<ProbeInput> {
  const spec: PackageSpec = {
    name: 'demo',
    version: '1.2.3',
    build: 'py_0',
    depends: ['python >=3.9', 'openssl >=3,<4'],
    files: {
      'lib/a.txt': 'a'.repeat(300_000),
      'bin/run': Uint8Array.from({ length: 70_000 }, (_, i) => (i * i) >> 5),
    },
    links: { 'lib/b.txt': 'a.txt' },
  }
  const archives: [string, string][] = [
    ['demo-1.2.3-py_0.conda', (await writePackage(spec, 'conda')).toBase64()],
    ['demo-1.2.3-py_0.tar.bz2', (await writePackage(spec, 'tar.bz2')).toBase64()],
  ]
  if (hasSharedData) {
    const packages = sharedPath('data/packages')
    const real = ['urllib3-2.1.0*.conda', 'libsqlite-*.conda', 'zlib-1.2.11*.conda', 'six-*.tar.bz2']
    for (const path of real.flatMap((pattern) =>
      globSync(`${packages}/{conda-forge-2023,zlib-multiplatform}/*/${pattern}`),
    )) {
      archives.push([basename(path), readFileSync(path).toBase64()])
    }
  }
  const record: RepodataRecord = {
    name: 'demo',
    version: '1.2.3',
    build: 'py_0',
    build_number: 0,
    sha256: 'ab'.repeat(32),
    license: 'MIT',
    depends: ['größe'],
  }
  const entries = [['demo-1.2.3-py_0.conda', record]] as const
  const json = Buffer.concat([
    ...renderRepodata({ subdir: 'noarch', packages: [], 'packages.conda': entries }),
  ])
  return {
    archives,
    shard: encodeShard({ packages: [], 'packages.conda': entries }).toBase64(),
    repodata: json.toBase64(),
    specs: [
      'demo >=1.2,<2',
      'demo=1.3',
      '*[build=py*]',
      'demo[version="^1\\.2.*$"]',
      'conda-forge::demo~=1.2.0',
    ],
    record,
  }
}

test('a browser is required', { skip: process.env['E2E_REQUIRE'] !== '1' }, () => {
  expect(hasChromium, `no browser at ${CHROMIUM}: set CHROMIUM`).toBe(true)
})

if (!hasChromium) console.warn(`conda-browser: skipped, no browser at ${CHROMIUM} (set CHROMIUM)`)

describe.skipIf(!hasChromium)('in Chromium', () => {
  let browser: Browser
  let page: Page
  let bundled: { code: string; modules: string[] }

  beforeAll(async () => {
    bundled = await bundle()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    page = await browser.newPage()
    await page.addScriptTag({ content: bundled.code })
  })

  afterAll(async () => {
    await browser?.close()
  })

  test('nothing of Node is in the bundle', () => {
    const foreign = bundled.modules.filter((id) =>
      /vite-browser-external|^node:|zstd-node|source-node/.test(id),
    )
    expect(foreign).toEqual([])
    expect(bundled.modules.some((id) => id.endsWith('zstd-browser.ts'))).toBe(true)
    expect(bundled.code).not.toMatch(/\brequire\(|\bimport\b\s*[({'"*]/)
  })

  test('archives, shards, indexes and specs read as they do in Node', async () => {
    const input = await inputs()
    const there = await page.evaluate(
      (given) => (globalThis as unknown as Probed).condaProbe.probe(given), // put there by the bundle
      input,
    )
    expect(JSON.parse(there)).toEqual(JSON.parse(await probe(input)))
    expect(there).toContain('"sha256"')
  })

  test('writing is refused with an error that says so', async () => {
    const name = await page.evaluate(() => (globalThis as unknown as Probed).condaProbe.probeWriting())
    expect(name).toBe('CompressionUnavailableError')
    expect(await probeWriting()).toBe('none')
  })
})
