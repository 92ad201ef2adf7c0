/** Which bucket a configuration means. Apart from the client, whose SDK few servers need. */
import type { Configuration } from './configuration.ts'
import type { S3Address } from './s3.ts'

/** @param url `s3://bucket/prefix`, as the configuration has checked it */
export function s3AddressOf(configuration: Configuration, url: string): S3Address {
  const { s3_access_key: accessKey, s3_secret_key: secretKey } = configuration
  const { hostname, pathname } = new URL(url)
  const prefix = pathname.replace(/^\/+|\/+$/g, '')
  return {
    bucket: hostname,
    prefix: prefix && `${prefix}/`,
    region: configuration.s3_region,
    endpoint: configuration.s3_endpoint,
    credentials:
      accessKey === undefined || secretKey === undefined
        ? undefined
        : { accessKeyId: accessKey, secretAccessKey: secretKey.reveal() },
  }
}
