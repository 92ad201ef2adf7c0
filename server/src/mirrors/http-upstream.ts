import { AppError } from '../vocabulary/errors.ts'
import type { OutboundClient } from '../platform/outbound/outbound-client.ts'
import { withoutTokens } from '../platform/log.ts'
import type { Upstream, UpstreamFile } from './upstream.ts'

/** Statuses by which a server says "no such file". */
const ABSENT = new Set([404, 410])

/** A channel on a server. Credentials in the address (`https://user:password@…`) travel as a header. */
export class HttpUpstream implements Upstream {
  readonly description: string
  readonly #root: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #client: OutboundClient

  constructor(address: URL, client: OutboundClient) {
    this.#root = new URL(address)
    this.#headers = basicAuthorization(address)
    this.#root.username = ''
    this.#root.password = ''
    this.description = withoutTokens(this.#root.href)
    this.#client = client
  }

  async open(path: string, signal: AbortSignal): Promise<UpstreamFile | undefined> {
    const url = new URL(path.split('/').map(encodeURIComponent).join('/'), this.#root)
    const response = await this.#client.get(url, { headers: this.#headers, signal })
    if (response.status === 200) {
      const length = Number(response.header('content-length') ?? NaN)
      return { declaredSize: Number.isSafeInteger(length) ? length : undefined, chunks: response.body }
    }
    await response.discard()
    if (ABSENT.has(response.status)) return undefined
    throw new AppError('upstream-answer', `${this.description} answered ${response.status} for ${path}`)
  }
}

function basicAuthorization(address: URL): Record<string, string> {
  if (!address.username && !address.password) return {}
  const pair = `${decodeOrKeep(address.username)}:${decodeOrKeep(address.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** A percent sign that begins no escape stands for itself: the URL parser leaves it as it is. */
function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
