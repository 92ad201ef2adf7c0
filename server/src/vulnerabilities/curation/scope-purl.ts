/** A scope as the package URL of a conda package, and back. Ours is the qualifier `build_number`: `3`, `1-4`, `1-`, `-4`. */
import { formatPurl, InvalidPurlError, parsePurl } from '@terrarium/conda/purl.ts'
import { RecordError } from '../json-reading.ts'
import { wholePackage, type CurationScope } from './curation.ts'

export function toPurl(scope: CurationScope): string {
  const { condaName, version, build, subdir, channel, buildFrom, buildTo } = scope
  const isBound = buildFrom !== null || buildTo !== null
  const numbers = buildFrom === buildTo ? `${buildFrom}` : `${buildFrom ?? ''}-${buildTo ?? ''}`
  return formatPurl({
    name: condaName,
    ...(version !== null && { version }),
    ...(build !== null && { build }),
    ...(subdir !== null && { subdir }),
    ...(channel !== null && { channel }),
    ...(isBound && { qualifiers: new Map([['build_number', numbers]]) }),
  })
}

/** @throws RecordError for what is no conda package, or with builds that make no sense */
export function fromPurl(text: string): CurationScope {
  try {
    const purl = parsePurl(text)
    return {
      ...wholePackage,
      condaName: purl.name,
      version: purl.version ?? null,
      build: purl.build ?? null,
      subdir: purl.subdir ?? null,
      channel: purl.channel ?? null,
      ...readNumbers(text, purl.qualifiers?.get('build_number')),
    }
  } catch (cause) {
    if (!(cause instanceof InvalidPurlError)) throw cause
    throw new RecordError(cause.message, { cause })
  }
}

function readNumbers(purl: string, text: string | undefined): Pick<CurationScope, 'buildFrom' | 'buildTo'> {
  if (text === undefined) return { buildFrom: null, buildTo: null }
  const found = /^(\d{1,9})?(-)?(\d{1,9})?$/.exec(text)
  const from = found?.[1] === undefined ? null : Number(found[1])
  const to = found?.[2] === undefined ? from : found[3] === undefined ? null : Number(found[3])
  if (!found || (from === null && to === null) || (from !== null && to !== null && from > to)) {
    throw new RecordError(`build_number ${JSON.stringify(text)} of ${purl} is no range like 3, 1-4 or 2-`)
  }
  return { buildFrom: from, buildTo: to }
}
