/**
 * The packages of the sample upstream: small files under the names, versions, licences and dependencies of
 * well-known ones, so that real advisories and real policies have something to bite on. They install a text
 * file each and nothing that runs.
 */

export interface SamplePackage {
  readonly name: string
  readonly version: string
  readonly subdir: 'noarch' | 'linux-64'
  readonly build: string
  readonly buildNumber: number
  readonly depends: readonly string[]
  readonly licence: string
  readonly formats: readonly ('conda' | 'tar.bz2')[]
}

type Row = readonly [
  name: string,
  versions: string,
  subdir: 'noarch' | 'linux-64',
  licence: string,
  depends: string,
  formats?: 'conda' | 'tar.bz2' | 'both',
]

const rows: readonly Row[] = [
  ['python', '3.11.6 3.12.1', 'linux-64', 'Python-2.0', 'openssl >=3.1,<4; zlib; libedit'],
  ['openssl', '3.1.2 3.1.4', 'linux-64', 'Apache-2.0', 'ca-certificates'],
  ['libcurl', '8.2.1 8.4.0', 'linux-64', 'curl', 'openssl >=3.1,<4; zlib'],
  ['curl', '8.2.1 8.4.0', 'linux-64', 'curl', 'libcurl'],
  ['zlib', '1.2.13', 'linux-64', 'Zlib', '', 'both'],
  ['readline', '8.2', 'linux-64', 'GPL-3.0-only', '', 'tar.bz2'],
  ['gmp', '6.3.0', 'linux-64', 'GPL-2.0-or-later OR LGPL-3.0-or-later', ''],
  ['libedit', '3.1.20191231', 'linux-64', 'BSD-2-Clause', '', 'tar.bz2'],
  ['git', '2.43.0', 'linux-64', 'GPL-2.0-or-later', 'curl; zlib'],
  ['ca-certificates', '2023.7.22 2023.11.17', 'noarch', 'ISC', ''],
  ['certifi', '2023.5.7 2023.11.17', 'noarch', 'ISC', ''],
  [
    'requests',
    '2.29.0 2.31.0',
    'noarch',
    'Apache-2.0',
    'certifi; urllib3 >=1.21.1,<3; idna; charset-normalizer',
  ],
  ['urllib3', '1.26.18 2.0.4 2.1.0', 'noarch', 'MIT', ''],
  ['idna', '3.6', 'noarch', 'BSD-3-Clause', '', 'both'],
  ['charset-normalizer', '3.3.2', 'noarch', 'MIT', ''],
  ['flask', '2.2.3 3.0.0', 'noarch', 'BSD-3-Clause', 'werkzeug >=2.2; jinja2 >=3'],
  ['werkzeug', '2.2.2 3.0.1', 'noarch', 'BSD-3-Clause', 'markupsafe'],
  ['jinja2', '2.10 3.1.2', 'noarch', 'BSD-3-Clause', 'markupsafe'],
  ['markupsafe', '2.1.3', 'linux-64', 'BSD-3-Clause', ''],
  ['pyyaml', '5.3.1 6.0.1', 'linux-64', 'MIT', ''],
  ['gitpython', '3.1.29 3.1.41', 'noarch', 'BSD-3-Clause', 'git'],
  [
    'cryptography',
    '41.0.5 41.0.7',
    'linux-64',
    '(Apache-2.0 OR BSD-3-Clause) AND PSF-2.0',
    'openssl >=3.1,<4',
  ],
  ['tornado', '6.3.1 6.3.3', 'linux-64', 'Apache-2.0', ''],
  ['tzdata', '2023c', 'noarch', 'LicenseRef-Public-Domain', ''],
]

const formats = { conda: ['conda'], 'tar.bz2': ['tar.bz2'], both: ['conda', 'tar.bz2'] } as const

export const samplePackages: readonly SamplePackage[] = rows.flatMap(
  ([name, versions, subdir, licence, depends, format = 'conda']) =>
    versions.split(' ').map((version, index) => ({
      name,
      version,
      subdir,
      build: subdir === 'noarch' ? `py_${index}` : `h5a1e${index}00_${index}`,
      buildNumber: index,
      depends: depends === '' ? [] : depends.split('; '),
      licence,
      formats: formats[format],
    })),
)
