/**
 * A server without a door, to be killed: changes a channel, lets its jobs publish and render, collects garbage, and
 * tells each revision once it is promised. `node e2e/support/publisher.ts DATA`.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { bytesSource } from '@terrarium/conda/archive/byte-source.ts'
import { inspectPackage, type PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { recordArtifacts } from '../../server/src/artifacts/store.ts'
import { BlobsCollected, claimBlobs } from '../../server/src/blobs/condemned-store.ts'
import { putFiles, removeFiles } from '../../server/src/channels/contents-store.ts'
import { fileChange } from '../../server/src/channels/file-change.ts'
import {
  enqueueForgottenPublishes,
  enqueuePublish,
  markStale,
} from '../../server/src/channels/stale-names.ts'
import { findChannelByName, insertChannel } from '../../server/src/channels/store.ts'
import { collectGarbage } from '../../server/src/doctor/collect-garbage.ts'
import { countUnfinished } from '../../server/src/jobs/queue.ts'
import { openParts, type Parts } from '../../server/src/parts.ts'
import { readConfiguration } from '../../server/src/platform/configuration.ts'

const NAMES = 12
const ORIGIN = { kind: 'upload', id: 'nobody', name: 'nobody' } as const

const [data = ''] = process.argv.slice(2)
const parts = await openParts(
  readConfiguration({ environment: {}, arguments: { data } }),
  pino({ level: 'error' }, pino.destination(2)),
)
const channelId = await findOrMakeChannel(parts)
const inspection = await inspectSample()
await enqueueForgottenPublishes(parts.db, parts.now())
await parts.jobs.start()
void collect()
for (;;) {
  await change().catch((error: unknown) => {
    if (!(error instanceof BlobsCollected)) throw error
  })
  await settle()
  const channel = await findChannelByName(parts.db, 'main')
  process.stdout.write(`${channel?.revision ?? 0}\n`)
}

/** Beside everything else, and with so little grace that much goes that somebody is about to name. */
async function collect(): Promise<never> {
  for (;;) {
    await collectGarbage(parts, { graceMs: 2_000, signal: new AbortController().signal })
    await wait(randomInt(30))
  }
}

async function findOrMakeChannel({ db, now }: Parts): Promise<string> {
  const known = await findChannelByName(db, 'main')
  if (known) return known.id
  const fields = { name: 'main', description: '', privacy: 'public', ownerId: 'nobody' } as const
  return (await insertChannel(db, { ...fields, at: now() })).id
}

async function inspectSample(): Promise<PackageInspection> {
  const spec = { name: 'sample', version: '1.0' }
  return inspectPackage(bytesSource(await writePackage(spec, 'conda')), {
    filename: packageFilename(spec, 'conda'),
  })
}

async function change(): Promise<void> {
  const name = `package-${randomInt(NAMES)}`
  const subdir = randomInt(2) === 0 ? 'noarch' : 'linux-64'
  const bytes = randomBytes(500)
  const sha256 = await parts.blobs.putBytes(bytes)
  const md5 = createHash('md5').update(bytes).digest('hex')
  const filename = `${name}-${sha256.slice(0, 6)}-0.conda`
  const record = { name, version: sha256.slice(0, 6), build: '0', build_number: 0, depends: [] }
  const at = parts.now()
  await parts.db.transaction().execute(async (tx) => {
    await claimBlobs(tx, parts.blobs, [sha256])
    await recordArtifacts(tx, [{ sha256, md5, size: bytes.length, inspection }], at)
    const described = { sha256, md5, size: bytes.length, indexedMs: at.getTime() }
    const own = fileChange({
      subdir,
      filename,
      record,
      bytes: described,
      verifiedBy: 'upload',
      origin: ORIGIN,
    })
    await putFiles(tx, channelId, [own], at)
    const others = await tx
      .selectFrom('channel_files')
      .select(['subdir', 'name', 'filename'])
      .where('state', '=', 'present')
      .where('name', '=', name)
      .execute()
    const gone = others.length > 4 ? others.slice(0, 1) : []
    await removeFiles(tx, channelId, gone, at)
    await markStale(tx, channelId, [name], { kind: 'upload', by: 'nobody', file: filename })
    await enqueuePublish(tx, channelId, at)
  })
}

async function settle(): Promise<void> {
  while ((await countUnfinished(parts.db)) > 0) {
    parts.jobs.wake()
    await wait(2)
  }
}
