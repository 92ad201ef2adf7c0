/** Buckets of S3 and of stores that speak like it: where one is, and a client for it. */
import { S3Client } from '@aws-sdk/client-s3'

export interface S3Address {
  readonly bucket: string
  /** With a slash at its end, or empty. */
  readonly prefix: string
  readonly region: string
  /** Of a store that is not Amazon's. */
  readonly endpoint?: string | undefined
  /** Without, they come from where Amazon's tools look: variables, files, the machine's role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

const CONNECTIONS = 128
const CONNECT_TIMEOUT_MS = 10_000

export function openS3Client(address: S3Address): S3Client {
  return new S3Client({
    region: address.region,
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint, forcePathStyle: true }),
    ...(address.credentials === undefined ? {} : { credentials: address.credentials }),
    // the default wraps bodies in a form of its own, which other stores refuse or keep as it stands
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      httpAgent: { maxSockets: CONNECTIONS },
      httpsAgent: { maxSockets: CONNECTIONS },
    },
  })
}
