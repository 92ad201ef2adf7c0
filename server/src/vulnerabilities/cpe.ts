/**
 * CPE 2.3 names, as far as matching needs them: `cpe:2.3:a:haxx:curl:8.3.0:*:*:*:*:*:*:*`.
 *
 * Fields are split at colons that no backslash escapes, and each field is unescaped: `joomla\!` is `joomla!`.
 * Vendor and product are kept as a pair. A product name alone says nothing: `jenkins:git` is not Git.
 * Form: NISTIR 7695, section 6.2.
 */
import type { Identity, OsClass } from './advisory.ts'

export interface Cpe {
  /** `a` application, `o` operating system, `h` hardware. */
  readonly part: string
  readonly vendor: string
  readonly product: string
  /** `*` any, `-` not stated. */
  readonly version: string
  readonly update: string
  readonly targetSoftware: string
}

const FIELDS = 13
const ANY = '*'

/** @returns undefined for anything that is not a CPE 2.3 formatted string */
export function parseCpe(text: string): Cpe | undefined {
  if (!text.startsWith('cpe:2.3:')) return undefined
  const fields = splitFields(text)
  if (fields.length !== FIELDS) return undefined
  const [, , part, vendor, product, version, update] = fields
  if (!part || !vendor || !product || !version || !update) return undefined
  return {
    part: part.toLowerCase(),
    vendor: vendor.toLowerCase(),
    product: product.toLowerCase(),
    version,
    update,
    targetSoftware: (fields[10] ?? ANY).toLowerCase(),
  }
}

export function cpeIdentity(cpe: Cpe): Identity {
  return { kind: 'cpe', name: `${cpe.vendor}:${cpe.product}` }
}

/** The one version a CPE names, `1.0.1-beta1` from version and update; undefined for `*` and `-`. */
export function exactVersion(cpe: Cpe): string | undefined {
  if (cpe.version === ANY || cpe.version === '-') return undefined
  if (cpe.update === ANY || cpe.update === '-') return cpe.version
  return `${cpe.version}-${cpe.update}`
}

const systemsByProduct: ReadonlyMap<string, OsClass> = new Map([
  ['linux_kernel', 'linux'],
  ['linux', 'linux'],
  ['mac_os_x', 'osx'],
  ['mac_os_x_server', 'osx'],
  ['mac_os', 'osx'],
  ['macos', 'osx'],
])

/**
 * The conda operating system an `o` CPE stands for. `distribution` is a Linux somebody packages: the flaw may
 * be in the packaging. `other` is a system no conda package runs on.
 */
export function systemOf(cpe: Cpe): OsClass | 'distribution' | 'other' {
  if (cpe.vendor === 'microsoft' && cpe.product.startsWith('windows')) return 'win'
  const known = systemsByProduct.get(cpe.product)
  if (known) return known
  return /linux|fedora|ubuntu|debian|centos|suse/.test(`${cpe.vendor}:${cpe.product}`)
    ? 'distribution'
    : 'other'
}

function splitFields(text: string): string[] {
  if (!text.includes('\\')) return text.split(':')
  const fields: string[] = []
  let field = ''
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]!
    if (char === '\\' && index + 1 < text.length) {
      index += 1
      field += text[index]!
    } else if (char === ':') {
      fields.push(field)
      field = ''
    } else {
      field += char
    }
  }
  fields.push(field)
  return fields
}
