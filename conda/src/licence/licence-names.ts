/**
 * Licences by the names people call them.
 *
 * An SPDX identifier is given only where the name says exactly which licence it is: "Simplified BSD" has
 * two clauses, "BSD" may have any number, "BSD-style" is somebody's own text.
 */
import { readGnuName } from './gnu-licences.ts'
import {
  type LicenceFamily,
  type LicenceTerms,
  UNKNOWN_TERMS,
  termsOf,
  termsOfIdentifier,
} from './licence-family.ts'
import { spdxIdentifier } from './spdx-expression.ts'

/** Names in lower case, without "licence" and "the". An identifier, or the family of what is no one licence. */
const NAMES: ReadonlyMap<string, string | { readonly family: LicenceFamily }> = new Map(
  Object.entries<string | { readonly family: LicenceFamily }>({
    'academic free': { family: 'other' },
    afl: { family: 'other' },
    artistic: { family: 'other' },
    'as-is': { family: 'other' },
    'bitstream vera': 'Bitstream-Vera',
    boost: 'BSL-1.0',
    'boost-1.0': 'BSL-1.0',
    bzip2: { family: 'bsd' },
    cc0: 'CC0-1.0',
    'cc0 1.0 universal': 'CC0-1.0',
    'cea cnrs inria logiciel libre version 2.1': 'CECILL-2.1',
    'copyright only': { family: 'other' },
    'eclipse public v1.0': 'EPL-1.0',
    'epl v1.0': 'EPL-1.0',
    'erlang public 1.1': 'ErlPL-1.1',
    'free software - x11': { family: 'mit' },
    'freeimage public': { family: 'other' },
    freetype: 'FTL',
    gfdl: { family: 'other' },
    jasper: { family: 'other' },
    'jasper 2.0': 'JasPer-2.0',
    libpng: 'Libpng',
    'lucent public': { family: 'other' },
    mpich: { family: 'other' },
    netscape: { family: 'other' },
    ofl: { family: 'other' },
    openldap: { family: 'other' },
    'openldap public': { family: 'other' },
    perl: { family: 'other' },
    'perl artistic': { family: 'other' },
    pil: { family: 'other' },
    postgresql: 'PostgreSQL',
    'qwt version 1.0': { family: 'other' },
    redistributable: { family: 'other' },
    'sil open font version 1.1': 'OFL-1.1',
    'standard pil': { family: 'other' },
    'tcl/tk': 'TCL',
    'tumbolia public': { family: 'other' },
    ucd: { family: 'other' },
    'ubuntu font version 1.0': 'Ubuntu-font-1.0',
    'university of illinois/ncsa open source': 'NCSA',
    unlimited: { family: 'other' },
    'wtfpl v2': 'WTFPL',
    wxwidgets: { family: 'other' },
    wxwindows: { family: 'other' },
    'zlib with acknowledgement': { family: 'other' },
    'zlib/libpng': 'Zlib',
    'zope public': { family: 'other' },
    zpl: { family: 'other' },
    'zpl 2.0': 'ZPL-2.0',
    'zpl 2.1': 'ZPL-2.1',
  }),
)

/** Tried in this order on a name that is in no table; a reader returns undefined for what it does not know. */
const READERS = [
  readProprietary,
  readGnuName,
  readBsd,
  readApache,
  readMozilla,
  readPython,
  readPublicDomain,
  readMit,
]

/** One name as it was written, no SPDX identifier. */
export function readName(text: string): LicenceTerms {
  const name = text
    .toLowerCase()
    .replace(/\b(licen[cs]es?|licese|agreement)\b/g, '')
    .replace(/^the /, '')
    .replace(/\s+/g, ' ')
    .trim()
  const entry = NAMES.get(name) ?? NAMES.get(name.replace(/ software$/, ''))
  if (typeof entry === 'string') return termsOfIdentifier(entry)
  if (entry !== undefined) return termsOf([entry.family])
  for (const reader of READERS) {
    const terms = reader(name)
    if (terms !== undefined) return terms
  }
  // "ISC License", "NCSA License"
  const identifier = spdxIdentifier(name)
  if (identifier !== undefined) return termsOfIdentifier(identifier)
  const bare = name.replace(/\s*\([^()]*\)$/, '')
  // A remark such as "(UMFPACK)" leaves the family, but who knows what else it says.
  return bare === name ? UNKNOWN_TERMS : { ...readName(bare), expression: undefined }
}

function readProprietary(name: string): LicenceTerms | undefined {
  const closed =
    /^(proprietary|commercial)\b|\beula\b|\bnon-?(free|commercial)\b|no modification permitted|all rights reserved/
  return closed.test(name) ? termsOf(['proprietary']) : undefined
}

const CLAUSES: ReadonlyMap<string, number> = new Map([
  ['2', 2],
  ['two', 2],
  ['simplified', 2],
  ['freebsd', 2],
  ['3', 3],
  ['three', 3],
  ['new', 3],
  ['modified', 3],
  ['revised', 3],
  ['4', 4],
  ['four', 4],
])

/** Words that turn a licence into somebody's own variant of it. */
const VARIANT = /^(like|style|derived|based|with|advertising|netbsd|openbsd)$/

function readBsd(name: string): LicenceTerms | undefined {
  const words = name.replace(/bsd(\d)/, 'bsd $1').split(/[\s_()-]+/)
  if (!words.some((word) => /^(net|open|free)?bsd$/.test(word))) return undefined
  const others = words.filter((word) => !CLAUSES.has(word) && !/^(bsd|clauses?|)$/.test(word))
  if (!others.every((word) => VARIANT.test(word))) return undefined
  const counts = new Set(words.flatMap((word) => CLAUSES.get(word) ?? []))
  const [count] = counts
  const exact = others.length === 0 && counts.size === 1 && count !== undefined
  return exact ? termsOfIdentifier(`BSD-${count}-Clause`) : termsOf(['bsd'])
}

const APACHE =
  /^(?:apache|asl)(?: software)?(?:[\s-]*\(?(?:== ?)?(?:v(?:ersion)?\.? ?)?(\d(?:\.\d)?)\)?|[ -](?:style|like|based))?$/

function readApache(name: string): LicenceTerms | undefined {
  const match = APACHE.exec(name)
  if (match === null) return undefined
  const version = match[1]?.length === 1 ? `${match[1]}.0` : match[1]
  const exact = version !== undefined && ['1.0', '1.1', '2.0'].includes(version)
  return exact ? termsOfIdentifier(`Apache-${version}`) : termsOf(['apache'])
}

function readMozilla(name: string): LicenceTerms | undefined {
  const match = /^(?:mpl|mozilla(?: public)?)[\s-]*(?:v(?:ersion)?\.? ?)?(\d(?:\.\d)?)?$/.exec(name)
  if (match === null) return undefined
  const version = match[1] === '2' ? '2.0' : match[1]
  const known = version !== undefined && ['1.0', '1.1', '2.0'].includes(version)
  return known ? termsOfIdentifier(`MPL-${version}`) : termsOf(['mozilla'])
}

const PYTHON =
  /^(?:(?:psf|python software foundation)(?:[\s-]*(?:v(?:ersion)?\.? ?)?([\d.]+))?(?:[ -](?:style|like|based))?|python[ -](?:style|like|based))$/

function readPython(name: string): LicenceTerms | undefined {
  const match = PYTHON.exec(name)
  if (match === null) return undefined
  return /^2(\.0)?$/.test(match[1] ?? '') ? termsOfIdentifier('PSF-2.0') : termsOf(['psf'])
}

/** "Dedictation" stands in real records. */
function readPublicDomain(name: string): LicenceTerms | undefined {
  return /^public[ _-]domain( dedict?ation)?$/.test(name) ? termsOf(['public_domain']) : undefined
}

function readMit(name: string): LicenceTerms | undefined {
  if (name === 'mit') return termsOfIdentifier('MIT')
  if (name === 'mit no attribution') return termsOfIdentifier('MIT-0')
  return /^mit(\/x(11)?)?[\s-]*(derivat(e|ive)|like|style)?$|\(mit-like ?\)$/.test(name)
    ? termsOf(['mit'])
    : undefined
}
