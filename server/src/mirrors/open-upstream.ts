/** From the text a person wrote to an upstream that may be read. */
import { AppError } from '../vocabulary/errors.ts'
import { FolderUpstream } from './folder-upstream.ts'
import { HttpUpstream } from './http-upstream.ts'
import { shownSourceRoot } from './mirror.ts'
import type { Upstream, UpstreamRules } from './upstream.ts'

/**
 * @param sourceRoot `https://…`, `http://…`, `file:///…` or an absolute path
 * @throws AppError bad-request, outbound-refused
 */
export async function openUpstream(sourceRoot: string, rules: UpstreamRules): Promise<Upstream> {
  if (/^https?:\/\//i.test(sourceRoot)) {
    const address = parseUrl(sourceRoot)
    rules.outbound.requirePermitted(address)
    return new HttpUpstream(address, rules.outbound)
  }
  if (sourceRoot.startsWith('/') || /^file:\/\//i.test(sourceRoot)) {
    return FolderUpstream.open(sourceRoot, rules.mirrorFolders)
  }
  throw new AppError(
    'bad-request',
    `"${shownSourceRoot(sourceRoot)}" is no upstream: give an http(s) address of a channel, or the absolute path of a folder`,
  )
}

function parseUrl(text: string): URL {
  const address = URL.parse(text.endsWith('/') ? text : `${text}/`)
  // not repeated: what can't be taken apart may have a password anywhere
  if (!address) throw new AppError('bad-request', 'the address of the upstream is no address')
  return address
}
