/**
 * Where a mirror reads from: a channel on a server or in a folder, behind one small interface. What it
 * yields is unverified; the run checks every byte against the record.
 */
import type { OutboundClient } from '../platform/outbound/outbound-client.ts'
import type { SecretBox } from '../platform/secret-box.ts'

export interface Upstream {
  /** For messages: the address without credentials. */
  readonly description: string
  /**
   * A file of the channel by its path, `linux-64/repodata.json.zst`.
   * @returns undefined when the upstream says that it has no such file
   * @throws AppError upstream-unreachable, upstream-answer, outbound-refused
   */
  open(path: string, signal: AbortSignal): Promise<UpstreamFile | undefined>
}

export interface UpstreamFile {
  /** Declared, when the upstream says so. */
  readonly declaredSize: number | undefined
  readonly chunks: AsyncIterable<Uint8Array>
}

export interface UpstreamRules {
  readonly outbound: OutboundClient
  /** Folders below which a mirror may read. */
  readonly mirrorFolders: readonly string[]
  /** What opens the credentials of upstreams; only asked for where there are some. */
  readonly box: () => SecretBox
}
