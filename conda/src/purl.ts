/**
 * Package URLs of conda packages: `pkg:conda/openssl@1.1.1?build=h7b6447c_0&channel=main&subdir=linux-64&type=conda`,
 * the names by which SBOMs and scanners know them.
 *
 * @see Package URL specification (ECMA-427), type `conda`
 */
import type { ArtifactFormat } from './names.ts'

export interface CondaPurl {
  readonly name: string
  readonly version?: string
  readonly build?: string
  readonly channel?: string
  readonly subdir?: string
  /** The package format. */
  readonly type?: ArtifactFormat
  /** Qualifiers that the type does not define, such as `checksum`, in lower case. */
  readonly qualifiers?: ReadonlyMap<string, string>
}

export class InvalidPurlError extends Error {
  override readonly name = 'InvalidPurlError'

  constructor(text: string, reason: string, options?: ErrorOptions) {
    super(`Invalid package URL ${JSON.stringify(text.slice(0, 200))}: ${reason}`, options)
  }
}

const MAX_LENGTH = 2048
const OWN_QUALIFIERS = ['build', 'channel', 'subdir', 'type'] as const

/** The canonical text: qualifiers in order, those that are not set left out. */
export function formatPurl(purl: CondaPurl): string {
  const qualifiers = new Map(purl.qualifiers)
  for (const key of OWN_QUALIFIERS) {
    const value = purl[key]
    if (value !== undefined) qualifiers.set(key, value)
  }
  const pairs = [...qualifiers]
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
  const version = purl.version === undefined ? '' : `@${encode(purl.version)}`
  return `pkg:conda/${encode(purl.name)}${version}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`
}

/**
 * Reads what any tool wrote: slashes behind the scheme, capitals in scheme and type, a subpath (ignored).
 * @throws InvalidPurlError, also for packages of other ecosystems
 */
export function parsePurl(text: string): CondaPurl {
  if (text.length > MAX_LENGTH) throw new InvalidPurlError(text, `longer than ${MAX_LENGTH} characters`)
  const match = /^pkg:\/*conda\/+([^?#]+)(?:\?([^#]*))?(?:#.*)?$/i.exec(text)
  if (match === null) throw new InvalidPurlError(text, 'it has to begin with pkg:conda/ and a name')
  const [, path = '', query = ''] = match
  const at = path.lastIndexOf('@')
  const name = decode(text, at > 0 ? path.slice(0, at) : path).replace(/\/+$/, '')
  if (name === '' || name.includes('/')) throw new InvalidPurlError(text, 'conda has no namespaces')
  const version = at > 0 ? decode(text, path.slice(at + 1)) : ''
  const qualifiers = readQualifiers(text, query)
  const type = qualifiers.get('type')
  if (type !== undefined && type !== 'conda' && type !== 'tar.bz2') {
    throw new InvalidPurlError(text, `${JSON.stringify(type)} is not a package format`)
  }
  const others = [...qualifiers].filter(([key]) => !OWN_QUALIFIERS.some((own) => own === key))
  return {
    name: name.toLowerCase(),
    ...(version === '' ? {} : { version }),
    ...take(qualifiers, 'build'),
    ...take(qualifiers, 'channel'),
    ...take(qualifiers, 'subdir'),
    ...(type === undefined ? {} : { type }),
    ...(others.length === 0 ? {} : { qualifiers: new Map(others) }),
  }
}

function readQualifiers(text: string, query: string): Map<string, string> {
  const qualifiers = new Map<string, string>()
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [key = '', ...rest] = pair.split('=')
    const name = key.toLowerCase()
    if (!/^[a-z][a-z0-9._-]*$/.test(name))
      throw new InvalidPurlError(text, `${JSON.stringify(key)} is no key`)
    if (qualifiers.has(name)) throw new InvalidPurlError(text, `${name} is given twice`)
    const value = decode(text, rest.join('='))
    if (value !== '') qualifiers.set(name, value)
  }
  return qualifiers
}

function take(
  qualifiers: ReadonlyMap<string, string>,
  key: 'build' | 'channel' | 'subdir',
): Partial<CondaPurl> {
  const value = qualifiers.get(key)
  return value === undefined ? {} : { [key]: value }
}

/** Everything but letters, digits and `-._~:`. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%3A/g, ':')
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (cause) {
    throw new InvalidPurlError(text, 'a % is not followed by what it should be', { cause })
  }
}
