/**
 * The canonical text of a match spec, as conda's `str()` gives it:
 * `channel/subdir::name==version=build[key=value,…]`, with every part in front of the brackets that can
 * stand there.
 *
 * @see CEP 29, Appendix A; `MatchSpec.__str__` in conda/models/match_spec.py
 */
import { FIELD_NAMES } from './fields.ts'

/** What printing needs to know of the parts: their canonical texts. */
export interface PrintableSpec {
  readonly channel: { readonly canonical: string; readonly exact: boolean } | undefined
  readonly subdir: string | undefined
  readonly name: string
  readonly version: string | undefined
  readonly build: string | undefined
  /** The other fields by name, in their canonical text. */
  readonly others: ReadonlyMap<string, string>
}

const PLACED: ReadonlySet<string> = new Set(['channel', 'subdir', 'name', 'version', 'build'])
/** Lists print like Python's, which needs no further quotes. */
const LISTS: ReadonlySet<string> = new Set(['extras', 'flags'])

export function printMatchSpec(spec: PrintableSpec): string {
  const brackets: string[] = []
  let text = printChannel(spec, brackets) + spec.name
  const version = printVersion(spec.version, spec.build !== undefined, brackets)
  text += version.text
  if (spec.build !== undefined) text += printBuild(spec.build, version.exact, brackets)
  for (const key of FIELD_NAMES) {
    const value = spec.others.get(key)
    if (value === undefined || PLACED.has(key)) continue
    // A URL says the file name, and channel and subdir say the URL.
    if (key === 'fn' && spec.others.has('url')) continue
    if (key === 'url' && spec.channel !== undefined) continue
    brackets.push(!LISTS.has(key) && /[, =]/.test(value) ? `${key}='${value}'` : `${key}=${value}`)
  }
  return brackets.length === 0 ? text : `${text}[${brackets.join(',')}]`
}

function printChannel({ channel, subdir }: PrintableSpec, brackets: string[]): string {
  if (channel?.exact) return `${channel.canonical}${subdir === undefined ? '' : `/${subdir}`}::`
  if (channel !== undefined && channel.canonical !== '*') brackets.push(`channel=${channel.canonical}`)
  if (subdir !== undefined) brackets.push(`subdir=${subdir}`)
  return ''
}

function printVersion(
  version: string | undefined,
  hasBuild: boolean,
  brackets: string[],
): { text: string; exact: boolean } {
  if (version === undefined || version === '*') return { text: '', exact: false }
  if (/[><$^|,]/.test(version) || (/^[!~]=/.test(version) && hasBuild)) {
    brackets.push(`version='${version}'`)
    return { text: '', exact: false }
  }
  if (/^[!~]=/.test(version)) return { text: version, exact: false }
  if (version.endsWith('*')) return { text: `=${version.replace(/\.?\*$/, '')}`, exact: false }
  return { text: version.startsWith('==') ? version : `==${version}`, exact: true }
}

function printBuild(build: string, versionExact: boolean, brackets: string[]): string {
  if (/[><$^|,]/.test(build)) brackets.push(`build='${build}'`)
  else if (build.includes('*') || !versionExact) brackets.push(`build=${build}`)
  else return `=${build}`
  return ''
}
