/** One compressed msgpack document from outside, as JSON: the common part of shards and their indexes. */
import { DecodeError, Decoder } from '@msgpack/msgpack'
import { zstdDecompress } from '#zstd'
import { type JsonObject, isJsonObject } from './json-value.ts'
import { MsgpackSyntaxError, skipMsgpack } from './msgpack-bytes.ts'

/** The bytes are no shard, or no index of shards. The message says what they are instead. */
export class InvalidShardError extends Error {
  override readonly name = 'InvalidShardError'
}

/**
 * Decompresses and decodes a map. Binary values become lower-case hex, whatever is no JSON is refused.
 *
 * @param maxBytes limit for the decompressed size
 * @throws InvalidShardError
 */
export function readMsgpackDocument(compressed: Uint8Array, maxBytes: number): JsonObject {
  const bytes = decompress(compressed, maxBytes)
  try {
    const end = skipMsgpack(bytes, 0)
    if (end < bytes.byteLength) throw new InvalidShardError(`${bytes.byteLength - end} bytes behind the end`)
    const document = toJson(new Decoder({ mapKeyConverter: requireString }).decode(bytes))
    if (!isJsonObject(document)) throw new InvalidShardError('The document is no map')
    return document
  } catch (error) {
    if (error instanceof MsgpackSyntaxError || error instanceof DecodeError || error instanceof RangeError) {
      throw new InvalidShardError(`No msgpack: ${error.message}`, { cause: error })
    }
    throw error
  }
}

function decompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return zstdDecompress(bytes, maxBytes)
  } catch (cause) {
    throw new InvalidShardError(`No zstd of at most ${maxBytes} bytes: ${String(cause)}`, { cause })
  }
}

function requireString(key: unknown): string {
  if (typeof key === 'string') return key
  throw new InvalidShardError(`A key is no text but ${typeof key}`)
}

/** Replaces what JSON does not have, in place: the decoder made the objects for us alone. */
function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toHex()
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new InvalidShardError(`${value} is no JSON number`)
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: unknown[] = value
    items.forEach((item, i) => (items[i] = toJson(item)))
    return items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype) throw new InvalidShardError('An extension type of msgpack')
  const members = value as Record<string, unknown> // a map: the decoder makes plain objects only of them
  for (const key of Object.keys(members)) members[key] = toJson(members[key])
  return members
}
