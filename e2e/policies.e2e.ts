/**
 * Each effect of a policy as clients that are not ours meet it: what rattler's solver answers before, under and
 * after it, what it says in a channel that explains, and what conda's own code prints at a refused download.
 */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda'
import { downloadWithConda, hasPython } from './support/python.ts'
import { solve } from './support/rattler.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

let terrarium: Terrarium
let story: Story

beforeAll(async () => {
  terrarium = await startTerrarium({ data: join(temporaryFolder('policies'), 'data') })
  story = new Story(terrarium)
  await story.channel('prod')
  const advisory = {
    id: 'PYSEC-2099-1',
    aliases: ['CVE-2099-0001'],
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'requests' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '2.30.0' }, { fixed: '2.99.0' }] }],
      },
    ],
  }
  await story.import('mapping', 'mapping.json', new Blob([JSON.stringify({ requests: ['requests'] })]))
  await story.import('advisories', 'advisory.json', new Blob([JSON.stringify(advisory)]))
  for (const version of ['2.29.0', '2.30.0']) await upload({ name: 'requests', version })
  await upload({ name: 'app', version: '1.0', depends: ['requests >=2.30'] })
  await story.published('prod')
})

afterAll(async () => {
  expect(await terrarium.stop()).toBe(0)
})

async function upload(spec: PackageSpec): Promise<void> {
  const form = new FormData()
  form.set('filetype', 'conda1')
  form.set(
    'content',
    new Blob([Buffer.from(await writePackage(spec, 'conda'))]),
    packageFilename(spec, 'conda'),
  )
  await terrarium.client.sendForm('/api/channels/prod/artifacts', form)
}

async function requestsFor(...specs: string[]): Promise<string | undefined> {
  const solved = await solve(specs, story.address('prod'), 'linux-64')
  return solved.find(({ name }) => name === 'requests')?.version
}

/** What the solver says when it finds nothing. */
async function complaint(...specs: string[]): Promise<string> {
  try {
    await solve(specs, story.address('prod'), 'linux-64')
  } catch (error) {
    return String(error)
  }
  throw new Error(`there is a solution for ${specs.join(', ')}`)
}

async function status(): Promise<number> {
  return (await fetch(`${story.address('prod')}/noarch/requests-2.30.0-0.conda`, { method: 'HEAD' })).status
}

const effects = [
  ['warn', '2.30.0', 200],
  ['hide', '2.29.0', 200],
  ['hold', '2.29.0', 403],
  ['deny', '2.29.0', 403],
] as const

describe('an effect', () => {
  afterEach(() => story.unassign('prod', 'e2e'))

  test.each(effects)('%s: the solver takes %s, and the file answers %d', async (effect, version, answer) => {
    expect([await requestsFor('requests'), await status()]).toEqual(['2.30.0', 200])
    await story.writePolicy('prod', `name: e2e\n${effect}: [cve: '>= 7']`)
    expect([await requestsFor('requests'), await status()]).toEqual([version, answer])
    if (effect !== 'warn') expect(await complaint('requests ==2.30.0')).not.toContain('__blocked_by_policy')
    await story.unassign('prod', 'e2e')
    expect([await requestsFor('requests'), await status()]).toEqual(['2.30.0', 200])
  })
})

describe('a channel that explains', () => {
  beforeAll(async () => {
    await story.writePolicy(
      'prod',
      "name: prod\nrules: [{id: no-critical, effect: deny, when: {cve: '>= 9'}}]",
    )
    await terrarium.client.put('/api/channels/prod/explaining', { enabled: true })
    await story.published('prod')
  })

  test('has the solver itself say which rule and which CVE, also for what needs the package', async () => {
    for (const spec of ['requests ==2.30.0', 'app']) {
      const said = await complaint(spec)
      expect(said).toContain('__blocked_by_policy_prod-no-critical-cve-2099-0001')
    }
  })

  test('lets the solver take what is allowed, as before', async () => {
    expect(await requestsFor('requests')).toBe('2.29.0')
  })

  test.skipIf(!hasPython)("is refused at the download with words that conda's own code prints", async () => {
    const said = await downloadWithConda(`${story.address('prod')}/noarch/requests-2.30.0-0.conda`)
    expect(said).toContain('BLOCKED BY POLICY')
    expect(said).toContain('requests 2.30.0 is blocked in channel "prod" by policy "prod", rule no-critical')
    expect(said).toContain('CVE-2099-0001')
    expect(said).toContain('2.29.0')
    expect(await downloadWithConda(`${story.address('prod')}/noarch/requests-2.29.0-0.conda`)).toBe('')
  })
})
