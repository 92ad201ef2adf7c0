/**
 * A spec may be the address of one artifact: a URL, a path or a bare file name ending in `.conda` or
 * `.tar.bz2`.
 *
 * @see `_parse_spec_str` in conda/models/match_spec.py, step 2
 */
import { artifactFormat } from '../names.ts'
import { parseChannelName } from './channel.ts'
import { InvalidMatchSpecError } from './errors.ts'
import type { SpecFields } from './fields.ts'

/** @returns undefined if the text does not end like an artifact */
export function readPackageAddress(spec: string): SpecFields | undefined {
  if (artifactFormat(spec) === undefined) return undefined
  const url = urlOf(spec)
  const decoded = decode(url ?? spec)
  const fn = decoded.slice(decoded.lastIndexOf('/') + 1)
  // A client would look in its working folder; there is none here, so that only the name counts.
  if (url === undefined) return { name: '*', fn }
  const channel = parseChannelName(decoded.slice(0, -fn.length - 1))
  if (channel?.subdir === undefined) return { name: '*', fn, url }

  const stem = fn.slice(0, -(artifactFormat(fn) ?? '').length - 1)
  const buildDash = stem.lastIndexOf('-')
  const versionDash = buildDash < 1 ? -1 : stem.lastIndexOf('-', buildDash - 1)
  if (versionDash < 1) throw new InvalidMatchSpecError(spec, 'the file is not <name>-<version>-<build>')
  return {
    name: stem.slice(0, versionDash),
    version: stem.slice(versionDash + 1, buildDash),
    build: stem.slice(buildDash + 1),
    channel: channel.canonical,
    subdir: channel.subdir,
    fn,
    url,
  }
}

function urlOf(spec: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(spec)) return spec
  return spec.startsWith('/') ? `file://${spec}` : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone % is a character like any other
  }
}
