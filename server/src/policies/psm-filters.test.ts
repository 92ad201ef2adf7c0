import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { ArtifactFacts } from './facts.ts'
import { translatePsmFilters } from './psm-filters.ts'
import type { PsmFilters } from './psm-filter-object.ts'
import { cve, facts, now } from './testing/artifact-facts.ts'

function rulesAgainst(filters: PsmFilters, given: Partial<ArtifactFacts>): string {
  const translation = translatePsmFilters(filters, 'filters')
  if (translation.kind === 'refused') return JSON.stringify(translation.refusals)
  return decide(facts(given), [translation.policy], now)
    .reasons.map((reason) => reason.rule)
    .join(' ')
}

const scored = (score: number, id = 'CVE-2099-0001'): Partial<ArtifactFacts> => ({
  vulnerabilities: [cve({ score, id, aliases: [] })],
})

describe('the filters of the product mean the same here', () => {
  test.each<[PsmFilters, Partial<ArtifactFacts>, string]>([
    [{}, scored(10), ''],
    [{ subdirs: [] }, {}, ''],
    [{ subdirs: ['linux-64'] }, {}, ''],
    [{ subdirs: ['linux-64'] }, { subdir: 'noarch' }, ''],
    [{ subdirs: ['linux-64'] }, { subdir: 'win-64' }, 'subdirs'],
    [{ only_specs: ['requests <3', 'numpy'] }, {}, ''],
    [{ only_specs: ['numpy'] }, {}, 'only-specs'],
    [{ exclude_specs: ['requests'] }, {}, 'exclude-specs'],
    [{ exclude_specs: ['requests'], include_specs: ['requests >=2.30'] }, {}, ''],
    [{ exclude_specs: ['requests'], include_specs: ['requests >=2.31'] }, {}, 'exclude-specs'],
    [{ include_specs: ['numpy'] }, {}, ''],
    [{ exclude_licenses: ['gpl3'] }, { licence: 'GPL-3.0-only' }, 'exclude-licenses'],
    [{ exclude_licenses: ['gpl3', 'none'] }, { licence: 'MIT' }, ''],
    [{ exclude_licenses: ['none'] }, { licence: null }, 'exclude-licenses'],
    [{ include_licenses: ['apache', 'bsd'] }, {}, ''],
    [{ include_licenses: ['mit'] }, {}, 'include-licenses'],
    [{ cve_score_threshold: 7 }, scored(7), ''],
    [{ cve_score_threshold: 7 }, scored(7.1), 'cve-score-threshold'],
    [{ cve_score_threshold: 7, cve_score_exceptions: ['CVE-2099-0001'] }, scored(9), ''],
    [{ cve_score_threshold: 7, cve_score_exceptions: ['CVE-2099-0002'] }, scored(9), 'cve-score-threshold'],
    [{ cve_score_threshold: 10 }, scored(10), ''],
    [{ cve_score_threshold: 0 }, scored(0.1), 'cve-score-threshold'],
    [
      { exclude_cve_statuses: ['active', 'unknown'] },
      { vulnerabilities: [cve({ status: 'active' })] },
      'exclude-cve-statuses',
    ],
    [
      { exclude_cve_statuses: ['cleared'] },
      { vulnerabilities: [cve({ status: 'cleared' })] },
      'exclude-cve-statuses',
    ],
    [{ exclude_cve_statuses: ['active'] }, { vulnerabilities: [cve()] }, ''],
    [
      { exclude_cve_statuses: ['active'], cve_score_threshold: 9, cve_score_exceptions: ['CVE-2099-0001'] },
      { vulnerabilities: [cve({ status: 'active' })] },
      'exclude-cve-statuses',
    ],
    [{ exclude_non_curated_cve: true }, { vulnerabilities: [cve()] }, 'exclude-non-curated-cve'],
    [{ exclude_non_curated_cve: true }, { vulnerabilities: [cve({ status: 'active' })] }, ''],
    [{ date_from: '2023-05-04' }, {}, ''],
    [{ date_from: '2023-05-05' }, {}, 'date-from'],
    [{ date_to: '2023-05-04' }, {}, ''],
    [{ date_to: '2023-05-03' }, {}, 'date-to'],
    [{ date_from: '2023-01-01', date_to: '2023-12-31' }, {}, ''],
    [{ only_signed: true }, {}, 'only-signed'],
    [{ only_signed: true }, { signed: true }, ''],
    [{ dedupe_conda_legacy: true }, { legacyDuplicate: true }, 'dedupe-conda-legacy'],
    [{ dedupe_conda_legacy: true }, {}, ''],
    [{ only_signed: false, dedupe_conda_legacy: false, include_dependencies: false, projects: [] }, {}, ''],
  ])('%j on %j: %s', (filters, given, expected) => {
    expect(rulesAgainst(filters, given)).toBe(expected)
  })

  test('and are kept as a document that reads the same', () => {
    const translation = translatePsmFilters(
      { subdirs: ['linux-64'], cve_score_threshold: 6.9 },
      'filters of x',
    )
    expect(translation).toMatchObject({
      kind: 'policy',
      policy: { name: 'filters of x', rules: [{ id: 'subdirs' }, { id: 'cve-score-threshold' }] },
      notes: [expect.stringContaining('noarch'), expect.stringContaining('mitigated or cleared')],
    })
  })
})

test('only_signed says that nothing is let through as long as no key is trusted', () => {
  expect(translatePsmFilters({ only_signed: true }, 'filters')).toMatchObject({
    kind: 'policy',
    notes: [expect.stringContaining('every package is denied')],
  })
})

describe('a filter without a counterpart is refused by name', () => {
  test.each<[PsmFilters, [string, string][]]>([
    [{ only_signed: true, include_dependencies: true }, [['include_dependencies', 'unsupported']]],
    [{ projects: ['requests'] }, [['projects', 'unsupported']]],
    [{ only_specs: ['a'], exclude_specs: ['b'] }, [['only_specs', 'conflict']]],
    [{ cve_score_threshold: 11 }, [['cve_score_threshold', 'invalid']]],
    [{ exclude_specs: ['a >=1,,<'] }, [['exclude_specs', 'invalid']]],
    [{ subdirs: ['linux-46'] }, [['subdirs', 'invalid']]],
    [{ date_from: '2023-02-30' }, [['date_from', 'invalid']]],
    [{ cve_score_threshold: 7, cve_score_exceptions: ['CVE-1'] }, [['cve_score_exceptions', 'invalid']]],
  ])('%j', (filters, expected) => {
    const translation = translatePsmFilters(filters, 'filters')
    const refusals = translation.kind === 'refused' ? translation.refusals : []
    expect(refusals.map(({ filter, why }) => [filter, why])).toEqual(expected)
    for (const { message } of refusals) expect(message).not.toBe('')
  })
})
