/** The OpenAPI document, made from the routes of the real app on a folder that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../server/src/app.ts'
import { openParts } from '../server/src/parts.ts'
import { readConfiguration } from '../server/src/platform/configuration.ts'
import { openLog } from '../server/src/platform/log.ts'
import type { ApiDocument } from './api-types.ts'

export async function describeApi(): Promise<ApiDocument> {
  const folder = mkdtempSync(join(tmpdir(), 'terrarium-api-'))
  const configuration = readConfiguration({ environment: {}, arguments: { data: folder } })
  const parts = await openParts(configuration, openLog('silent'))
  try {
    const app = await buildApp(parts)
    try {
      // through JSON: what is compared with the file is what stands in the file
      return JSON.parse(JSON.stringify(app.swagger())) as ApiDocument // @fastify/swagger writes OpenAPI
    } finally {
      await app.close()
    }
  } finally {
    await parts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

export function apiText(api: ApiDocument): string {
  return `${JSON.stringify(api, undefined, 2)}\n`
}
