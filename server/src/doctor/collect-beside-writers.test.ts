/**
 * A collection without any grace beside uploads, publishes and renders that store again and again what it is about to
 * delete: whatever was promised is there, on both kinds of store (and on PostgreSQL in `npm run test:postgres`).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import S3rver from 's3rver'
import { expect, test } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { findAll } from './testing/find-all.ts'
import { collectGarbage } from './collect-garbage.ts'
import { kindOf } from './finding.ts'

const SECONDS = Number(process.env['CONCURRENCY_SECONDS'] ?? 1.5)
const WRITERS = 4
const PACKAGES = 6

test(
  'nobody is hurt, with blobs in a folder',
  async () => {
    const t = await startTestApp()
    await collectBeside(t, join(t.parts.configuration.data, 'blobs'))
    await t.close()
  },
  SECONDS * 1000 + 120_000,
)

test(
  'nobody is hurt, with blobs in a bucket',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'terrarium-s3-gc-'))
    const configureBuckets = [{ name: 'terrarium', configs: [] }]
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets })
    const { port } = await server.run()
    const t = await startTestApp({
      configuration: {
        blobs: 's3://terrarium/blobs',
        s3_endpoint: `http://127.0.0.1:${port}`,
        s3_access_key: 'S3RVER',
        s3_secret_key: 'S3RVER',
      },
    })
    await collectBeside(t, undefined)
    await t.close()
    await server.close()
    rmSync(directory, { recursive: true })
  },
  SECONDS * 1000 + 120_000,
)

async function collectBeside(t: TestApp, blobFolder: string | undefined): Promise<void> {
  const admin = await t.as('admin')
  const until = Date.now() + SECONDS * 1000
  const packages = await Promise.all(
    Array.from({ length: PACKAGES }, async (_, index) => {
      const spec = { name: `package-${index}`, version: '1.0' }
      return { filename: packageFilename(spec, 'conda'), bytes: await writePackage(spec, 'conda') }
    }),
  )
  let removed = 0
  let promised = 0
  let isOver = false

  /** The same few packages come and go in channels of its own, so that their blobs lose and regain their names. */
  async function write(writer: number): Promise<void> {
    for (let round = 0; round === 0 || Date.now() < until || removed === 0; round += 1) {
      const channel = `writer-${writer}`
      await t.channel(channel)
      const own = packages.filter((_, index) => (index + round + writer) % 3 === 0)
      for (const { filename, bytes } of own) {
        const answer = await admin.upload(channel, filename, Buffer.from(bytes))
        expect([201, 409], answer.body).toContain(answer.statusCode)
        t.parts.jobs.wake()
        if (answer.statusCode === 409) continue
        promised += 1
        const got = await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)
        expect(got.statusCode, got.body).toBe(200)
        expect(got.rawPayload.equals(bytes)).toBe(true)
      }
      if (Date.now() < until || removed === 0) await admin.delete(`/api/channels/${channel}`)
    }
  }

  async function collect(): Promise<void> {
    while (!isOver) {
      const result = await collectGarbage(
        { ...t.parts, now: () => new Date() },
        { graceMs: 0, signal: new AbortController().signal },
      )
      removed += result.removed
      await wait(1)
    }
  }

  const collecting = collect()
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  isOver = true
  await collecting
  t.advance(60_000) // jobs that were disturbed are tried again
  await t.settle()
  // a channel that goes in the moment its downloads are written down: they are written with the next ones
  const own = t.log.filter(({ msg }) => !msg.startsWith('counts of downloads could not be written'))
  t.log.splice(0, t.log.length, ...own)

  expect(promised).toBeGreaterThan(0)
  const findings = await findAll({ ...t.parts, dataFolder: t.parts.configuration.data, blobFolder })
  expect(findings.filter((finding) => kindOf(finding) !== 'note')).toEqual([])
}
