/**
 * Parts of projects that advisories speak of by name and conda packages differ in: MiniZip of zlib, xmlwf of Expat, the
 * TLS backends of curl, libpq of PostgreSQL. The words are looked for once, when an advisory is read; what a build
 * makes of them is `judgeParts`.
 *
 * To add a part: the pattern by which texts say that the flaw is *in* it (a tool named only to show a crash is no
 * part), the packages of the project, and which of them hold it.
 */
import { readVersion } from './intervals.ts'
import type { BuildFacts } from './build-facts.ts'

interface Part {
  readonly word: string
  /** On lower-case text. */
  readonly pattern: RegExp
}

const parts: readonly Part[] = [
  // also where the flaw is not of the project itself: a library that PyPI's wheels carry
  {
    word: 'wheels',
    pattern:
      /\b(?:bundl|static|vendor|includ|ship|embed)\w*\b[^.]{0,100}\bwheels\b|\bwheels\b[^.]{0,100}\b(?:bundl|static|vendor|includ|ship|embed)\w*/,
  },
  { word: 'minizip', pattern: /\bmini ?zip\b/ },
  { word: 'xmlwf', pattern: /\bxmlwf\b/ },
  { word: 'xzgrep', pattern: /\bxz(?:grep|cmp|diff|more|less)\b/ },
  { word: 'xmllint', pattern: /\bin (?:the )?xml(?:lint|catalog)\b|\bxmllint \(from|\bxmllint\.c\b/ },
  { word: 'webp tools', pattern: /\b(?:gif2webp|cwebp|dwebp|img2webp|webpmux|vwebp|webpinfo)\b/ },
  {
    word: 'sqlite shell',
    pattern:
      /\bshell\.c\b|\bsqlite3? (?:command[- ]line|cli|shell)\b|\bcommand[- ]line (?:shell|tool)[^.]*\bsqlite/,
  },
  { word: 'libpq', pattern: /\blibpq\b|\bpqescape/ },
  { word: 'psql', pattern: /\bpsql\b|\bpg_(?:dump|dumpall|restore|basebackup|rewind|upgrade)\b/ },
  {
    word: 'mysql client',
    pattern:
      /\b(?:libmysql\w*|mysql client|client libraries|client programs|c api|connector\/c|mysqldump|client mysqldump)\b/,
  },
  { word: 'libuuid', pattern: /\blibuuid\b|\buuidd\b/ },
  { word: 'gitweb', pattern: /\bgitweb\b/ },
  { word: 'git gui', pattern: /\bgit[- ]gui\b|\bgitk\b/ },
  { word: 'gnutls', pattern: /\bgnutls\b/ },
  { word: 'wolfssl', pattern: /\bwolfssl\b|\bcyassl\b/ },
  { word: 'mbedtls', pattern: /\bmbed ?tls\b|\bpolarssl\b/ },
  { word: 'bearssl', pattern: /\bbearssl\b/ },
  { word: 'rustls', pattern: /\brustls\b/ },
  { word: 'gskit', pattern: /\bgskit\b/ },
  { word: 'axtls', pattern: /\baxtls\b/ },
  { word: 'nss', pattern: /\bnss\b/ },
  { word: 'schannel', pattern: /\bschannel\b/ },
  { word: 'secure transport', pattern: /\bsecure ?transport\b|\bsectransp\b|\bdarwinssl\b/ },
  { word: 'openssl', pattern: /\bopenssl\b|\bboringssl\b|\blibressl\b/ },
  { word: 'ldap', pattern: /\bldaps?\b/ },
  { word: 'rtmp', pattern: /\brtmp\b/ },
]

/** The words of the vocabulary that a text contains, sorted. */
export function mentionsIn(text: string): string[] {
  const lower = text.toLowerCase()
  return parts
    .filter(({ pattern }) => pattern.test(lower))
    .map(({ word }) => word)
    .toSorted()
}

interface Division {
  /** The conda names of the project. */
  readonly packages: readonly string[]
  readonly places: Readonly<Record<string, Place>>
}

/** In these packages; or built in where the build needs one of these packages. */
type Place = { readonly in: readonly string[] } | { readonly needs: readonly string[] }

const divisions: readonly Division[] = [
  { packages: ['zlib', 'libzlib'], places: { minizip: { in: ['minizip'] } } },
  { packages: ['expat', 'libexpat'], places: { xmlwf: { in: ['expat'] } } },
  {
    packages: ['xz', 'liblzma', 'liblzma-devel', 'xz-tools', 'xz-gpl-tools'],
    places: { xzgrep: { in: ['xz', 'xz-tools', 'xz-gpl-tools'] } },
  },
  { packages: ['libxml2', 'libxml2-16'], places: { xmllint: { in: ['libxml2'] } } },
  { packages: ['libwebp', 'libwebp-base'], places: { 'webp tools': { in: ['libwebp'] } } },
  { packages: ['sqlite', 'libsqlite'], places: { 'sqlite shell': { in: ['sqlite'] } } },
  {
    packages: ['postgresql', 'libpq'],
    places: { libpq: { in: ['libpq', 'postgresql'] }, psql: { in: ['postgresql'] } },
  },
  {
    packages: ['curl', 'libcurl'],
    places: {
      gnutls: { needs: ['gnutls'] },
      wolfssl: { needs: ['wolfssl'] },
      mbedtls: { needs: ['mbedtls'] },
      bearssl: { needs: ['bearssl'] },
      rustls: { needs: ['rustls-ffi', 'rustls'] },
      gskit: { needs: ['gskit'] },
      axtls: { needs: ['axtls'] },
      nss: { needs: ['nss'] },
      ldap: { needs: ['openldap'] },
      rtmp: { needs: ['librtmp', 'rtmpdump'] },
      openssl: { needs: ['openssl'] },
    },
  },
]

/** What recipes need of the divided projects where nobody has opened the package: OpenSSL, on every channel. */
const usualNeeds: readonly string[] = ['openssl']

/** Packages that hold only some parts of their project: a flaw that names none of them is elsewhere. */
export const partialPackages: ReadonlyMap<string, readonly string[]> = new Map([
  ['libpq', ['libpq']],
  ['mysql-libs', ['mysql client']],
  ['mysql-client', ['mysql client']],
  ['mysql-common', ['mysql client']],
  ['libmysqlclient', ['mysql client']],
  ['libuuid', ['libuuid']],
])

/**
 * @param mentions of the vulnerability
 * @returns why this package does not have the part the flaw is in; undefined where it may
 */
export function judgeParts(
  condaName: string,
  mentions: readonly string[],
  facts: BuildFacts | undefined,
): string | undefined {
  const held = partialPackages.get(condaName)
  if (held && !held.some((word) => mentions.includes(word))) {
    return `${condaName} holds only ${held.join(' and ')}, and no advisory says that the flaw is there`
  }
  const division = divisions.find(({ packages }) => packages.includes(condaName))
  if (!division) return undefined
  const named = mentions.filter((word) => Object.hasOwn(division.places, word))
  if (named.length === 0 || named.some((word) => isPresent(condaName, division.places[word], facts)))
    return undefined
  return `the flaw is in ${named.join(' and ')}, which this build of ${condaName} does not have`
}

function isPresent(condaName: string, place: Place | undefined, facts: BuildFacts | undefined): boolean {
  if (!place) return true
  if ('in' in place) return place.in.includes(condaName)
  const needs = facts && facts.dependsOn.length > 0 ? facts.dependsOn : usualNeeds
  return place.needs.some((name) => needs.includes(name))
}

interface Partner {
  readonly condaName: string
  readonly takes: readonly string[]
  /** The first version whose recipes do so, on conda-forge and defaults alike. */
  readonly since: string
}

/** What recipes take from packages of their own, for builds nobody has opened. Where recipes differ, it is not here. */
const partners: readonly Partner[] = [
  {
    condaName: 'python',
    takes: [
      'openssl',
      'sqlite',
      'libsqlite',
      'zlib',
      'libzlib',
      'bzip2',
      'xz',
      'liblzma',
      'libffi',
      'tk',
      'readline',
      'ncurses',
    ],
    since: '3.6',
  },
  { condaName: 'python', takes: ['expat', 'libexpat'], since: '3.12' },
  { condaName: 'nodejs', takes: ['openssl', 'zlib', 'libzlib', 'libuv', 'icu'], since: '12' },
  {
    condaName: 'pillow',
    takes: [
      'libwebp',
      'libwebp-base',
      'libtiff',
      'freetype',
      'jpeg',
      'libjpeg-turbo',
      'openjpeg',
      'lcms2',
      'zlib',
    ],
    since: '5',
  },
  { condaName: 'cryptography', takes: ['openssl'], since: '1' },
  {
    condaName: 'git',
    takes: ['curl', 'libcurl', 'expat', 'libexpat', 'openssl', 'zlib', 'pcre2'],
    since: '2',
  },
  { condaName: 'lxml', takes: ['libxml2', 'libxslt'], since: '3' },
  { condaName: 'pyyaml', takes: ['yaml'], since: '3' },
  {
    condaName: 'r-base',
    takes: ['libcurl', 'curl', 'pcre', 'pcre2', 'bzip2', 'xz', 'zlib', 'readline', 'tk'],
    since: '3.5',
  },
  {
    condaName: 'imagemagick',
    takes: [
      'libwebp',
      'libwebp-base',
      'libtiff',
      'freetype',
      'libpng',
      'libxml2',
      'openjpeg',
      'ghostscript',
      'librsvg',
    ],
    since: '7',
  },
  {
    condaName: 'gdal',
    takes: ['curl', 'libcurl', 'hdf5', 'libtiff', 'sqlite', 'libsqlite', 'libpng', 'expat', 'libexpat'],
    since: '2',
  },
  { condaName: 'postgresql', takes: ['openssl', 'zlib', 'krb5', 'libxml2', 'readline'], since: '9' },
  {
    condaName: 'curl',
    takes: ['openssl', 'zlib', 'libssh2', 'krb5', 'nghttp2', 'libnghttp2', 'zstd'],
    since: '7',
  },
  {
    condaName: 'libcurl',
    takes: ['openssl', 'zlib', 'libssh2', 'krb5', 'nghttp2', 'libnghttp2', 'zstd'],
    since: '7',
  },
]

/** The package that builds of this version usually take one of these libraries from. */
export function usualPartner(
  condaName: string,
  version: string,
  holders: readonly string[],
): string | undefined {
  return partners
    .filter((partner) => partner.condaName === condaName && isFrom(version, partner.since))
    .flatMap(({ takes }) => takes)
    .find((name) => holders.includes(name))
}

function isFrom(version: string, since: string): boolean {
  const key = readVersion('generic', version)
  const first = readVersion('generic', since)
  return key !== undefined && first !== undefined && key >= first
}
