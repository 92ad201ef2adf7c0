/** Fetches and opens the index of one upstream subdir: `repodata.json.zst`, else `repodata.json`. */
import { setTimeout as wait } from 'node:timers/promises'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import {
  InvalidRepodataError,
  scanRepodata,
  type RepodataScan,
} from '@terrarium/conda/repodata/scan-repodata.ts'
import { formatBytes, errorText } from '../platform/text.ts'
import { AppError, type ErrorCode } from '../vocabulary/errors.ts'
import type { Upstream } from './upstream.ts'

const ATTEMPTS = 3
const RETRY_BASE_MS = 200
/** Refusals that may be over a moment later. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['upstream-unreachable', 'upstream-answer'])
const MAX_TRANSFER_BYTES = 512 * 1024 * 1024
/** The most a typed array of this runtime and a client could hold of one index. */
const MAX_INDEX_BYTES = 2 * 1024 ** 3

/**
 * @returns undefined when the upstream has no index for the subdir
 * @throws AppError upstream-unreachable, upstream-answer, invalid-upstream-index, too-large
 */
export async function fetchIndex(
  upstream: Upstream,
  subdir: string,
  signal: AbortSignal,
): Promise<RepodataScan | undefined> {
  for (const filename of ['repodata.json.zst', 'repodata.json']) {
    const path = `${subdir}/${filename}`
    const bytes = await fetchWhole(upstream, path, signal)
    if (!bytes) continue
    const json = filename.endsWith('.zst') ? decompress(bytes, path, upstream) : bytes
    return scan(json, subdir, path, upstream)
  }
  return undefined
}

/** Everything else rests on the index, so that one bad moment of the upstream must not end the run. */
async function fetchWhole(
  upstream: Upstream,
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const file = await upstream.open(path, signal)
      return file && (await collect(file.chunks, path))
    } catch (error) {
      signal.throwIfAborted()
      const failure = error instanceof AppError ? error : brokenOff(upstream, path, error)
      if (!PASSING.has(failure.code) || attempt >= ATTEMPTS) throw failure
    }
    await wait(RETRY_BASE_MS * 4 ** (attempt - 1), undefined, { signal })
  }
}

function brokenOff(upstream: Upstream, path: string, cause: unknown): AppError {
  return new AppError(
    'upstream-answer',
    `${path} of ${upstream.description} broke off: ${errorText(cause)}`,
    { cause },
  )
}

async function collect(chunks: AsyncIterable<Uint8Array>, path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > MAX_TRANSFER_BYTES) {
      throw new AppError('too-large', `${path} is larger than ${formatBytes(MAX_TRANSFER_BYTES)}`)
    }
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

function decompress(bytes: Uint8Array, path: string, upstream: Upstream): Uint8Array {
  try {
    return zstdDecompress(bytes, MAX_INDEX_BYTES)
  } catch (cause) {
    throw new AppError(
      'invalid-upstream-index',
      `${path} of ${upstream.description} is no whole zstd file (${bytes.byteLength} bytes came): ${errorText(cause)}`,
      { cause },
    )
  }
}

function scan(json: Uint8Array, subdir: string, path: string, upstream: Upstream): RepodataScan {
  let found: RepodataScan
  try {
    found = scanRepodata(json)
  } catch (cause) {
    if (!(cause instanceof InvalidRepodataError)) throw cause
    throw new AppError('invalid-upstream-index', `${path} of ${upstream.description}: ${cause.message}`, {
      cause,
    })
  }
  if (found.subdir !== undefined && found.subdir !== subdir) {
    throw new AppError(
      'invalid-upstream-index',
      `${path} of ${upstream.description} says it is the index of ${found.subdir}`,
    )
  }
  return found
}
