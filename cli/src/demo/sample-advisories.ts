/**
 * Advisories for the sample upstream, in the two forms that arrive from outside: OSV for what comes from
 * PyPI, NVD 2.0 for the rest. Ids, ranges and vectors are the public facts of these CVEs; a real server
 * imports the whole databases instead.
 */

interface PypiAdvisory {
  readonly id: string
  readonly name: string
  readonly cve: string
  readonly ranges: readonly (readonly [introduced: string, fixed: string])[]
  readonly vector: string
  readonly summary: string
}

const pypi: readonly PypiAdvisory[] = [
  {
    id: 'PYSEC-2023-74',
    name: 'requests',
    cve: 'CVE-2023-32681',
    ranges: [['2.3.0', '2.31.0']],
    vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N',
    summary: 'Proxy credentials reach the destination server on a redirect to https',
  },
  {
    id: 'PYSEC-2023-192',
    name: 'urllib3',
    cve: 'CVE-2023-43804',
    ranges: [
      ['2.0.0', '2.0.6'],
      ['0', '1.26.17'],
    ],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N',
    summary: 'A Cookie header is sent on to another origin on a redirect',
  },
  {
    id: 'PYSEC-2023-135',
    name: 'certifi',
    cve: 'CVE-2023-37920',
    ranges: [['2015.4.28', '2023.7.22']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    summary: 'The bundle trusts a root certificate that was withdrawn after an investigation',
  },
  {
    id: 'PYSEC-2023-62',
    name: 'flask',
    cve: 'CVE-2023-30861',
    ranges: [
      ['0', '2.2.5'],
      ['2.3.0', '2.3.2'],
    ],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    summary: 'A caching proxy may hand one session cookie to other clients',
  },
  {
    id: 'PYSEC-2023-58',
    name: 'werkzeug',
    cve: 'CVE-2023-25577',
    ranges: [['0', '2.2.3']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
    summary: 'Unbounded multipart fields exhaust memory and processor time',
  },
  {
    id: 'PYSEC-2021-66',
    name: 'jinja2',
    cve: 'CVE-2020-28493',
    ranges: [['0', '2.11.3']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L',
    summary: 'A regular expression of the urlize filter takes very long on hostile input',
  },
  {
    id: 'PYSEC-2021-142',
    name: 'pyyaml',
    cve: 'CVE-2020-14343',
    ranges: [['0', '5.4']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    summary: 'full_load runs code from untrusted documents',
  },
  {
    id: 'PYSEC-2022-42992',
    name: 'gitpython',
    cve: 'CVE-2022-24439',
    ranges: [['0', '3.1.30']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    summary: 'A crafted remote address makes clone run commands',
  },
  {
    id: 'PYSEC-2023-254',
    name: 'cryptography',
    cve: 'CVE-2023-49083',
    ranges: [['3.1', '41.0.6']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
    summary: 'Loading certain PKCS7 certificates ends in a null pointer',
  },
  {
    id: 'PYSEC-2023-75',
    name: 'tornado',
    cve: 'CVE-2023-28370',
    ranges: [['0', '6.3.2']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
    summary: 'The static file handler redirects to an address of somebody else',
  },
]

interface NvdAdvisory {
  readonly cve: string
  readonly product: string
  readonly ranges: readonly (readonly [from: string, before: string])[]
  readonly vector: string
  readonly score: number
  readonly severity: string
  readonly summary: string
}

const nvd: readonly NvdAdvisory[] = [
  {
    cve: 'CVE-2023-38545',
    product: 'haxx:libcurl',
    ranges: [['7.69.0', '8.4.0']],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    score: 9.8,
    severity: 'CRITICAL',
    summary: 'A long host name overflows a buffer in the SOCKS5 handshake',
  },
  {
    cve: 'CVE-2023-5363',
    product: 'openssl:openssl',
    ranges: [
      ['3.0.0', '3.0.12'],
      ['3.1.0', '3.1.4'],
    ],
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    score: 7.5,
    severity: 'HIGH',
    summary: 'Key and initialisation vector lengths are taken over wrongly by some ciphers',
  },
]

/** Both kinds as JSON lines, ready to be imported. */
export function sampleAdvisoriesJsonl(): string {
  return [...pypi.map(osvRecord), ...nvd.map(nvdRecord)]
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('')
}

/** Conda name to PyPI name for the packages that come from there. */
export function sampleMappingJson(): string {
  return JSON.stringify(Object.fromEntries(pypi.map(({ name }) => [name, [name]])))
}

function osvRecord(advisory: PypiAdvisory): object {
  return {
    schema_version: '1.6.0',
    id: advisory.id,
    modified: '2024-01-01T00:00:00Z',
    aliases: [advisory.cve],
    summary: advisory.summary,
    severity: [{ type: 'CVSS_V3', score: advisory.vector }],
    affected: [
      {
        package: { ecosystem: 'PyPI', name: advisory.name },
        ranges: [
          {
            type: 'ECOSYSTEM',
            events: advisory.ranges.flatMap(([introduced, fixed]) => [{ introduced }, { fixed }]),
          },
        ],
      },
    ],
  }
}

function nvdRecord(advisory: NvdAdvisory): object {
  return {
    id: advisory.cve,
    sourceIdentifier: 'nvd@nist.gov',
    published: '2023-10-01T00:00:00.000',
    lastModified: '2024-01-01T00:00:00.000',
    vulnStatus: 'Analyzed',
    descriptions: [{ lang: 'en', value: advisory.summary }],
    metrics: {
      cvssMetricV31: [
        {
          source: 'nvd@nist.gov',
          type: 'Primary',
          cvssData: {
            version: '3.1',
            vectorString: advisory.vector,
            baseScore: advisory.score,
            baseSeverity: advisory.severity,
          },
        },
      ],
    },
    configurations: [
      {
        nodes: [
          {
            operator: 'OR',
            negate: false,
            cpeMatch: advisory.ranges.map(([versionStartIncluding, versionEndExcluding]) => ({
              vulnerable: true,
              criteria: `cpe:2.3:a:${advisory.product}:*:*:*:*:*:*:*:*`,
              versionStartIncluding,
              versionEndExcluding,
            })),
          },
        ],
      },
    ],
    references: [],
  }
}
