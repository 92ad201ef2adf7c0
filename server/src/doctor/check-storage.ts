/**
 * The check of a whole data folder, `terrarium fsck`: database, blobs, ledger, contents, served index and
 * monolithic files, each against the others. Reads only. For a stopped server: what a running one writes
 * meanwhile would look like faults.
 */
import { listChannels } from '../channels/store.ts'
import type { Channel } from '../channels/channel.ts'
import { listSubdirStates } from '../repodata/revision-store.ts'
import { checkBlobs, checkLeftovers, checkUnreferenced } from './check-blobs.ts'
import { checkContents } from './check-contents.ts'
import { checkDatabaseFile, checkJobs, checkSchedule } from './check-database.ts'
import { checkRendered } from './check-rendered.ts'
import { checkGrantedShards, checkHistory, checkLedger } from './check-revisions.ts'
import { checkServer } from './check-server.ts'
import { Check, type CheckOptions, type CheckParts } from './check.ts'

export interface CheckResult {
  readonly blobs: number
  readonly bytes: number
  readonly channels: number
}

export async function checkStorage(parts: CheckParts, options: CheckOptions): Promise<CheckResult> {
  const check = new Check(parts, options)
  let channels = 0
  if (await checkDatabaseFile(check)) {
    await checkJobs(check)
    await checkServer(check)
    await checkBlobs(check)
    for (const channel of await allChannels(check)) {
      check.step({ step: `checking the channel ${channel.name}`, done: channels })
      channels += 1
      await checkChannel(check, channel)
    }
    await checkUnreferenced(check)
    await checkLeftovers(check)
  }
  return { blobs: check.blobs, bytes: check.bytes, channels }
}

async function allChannels(check: Check): Promise<Channel[]> {
  const page = { offset: 0, limit: Number.MAX_SAFE_INTEGER }
  return (await listChannels(check.parts.db, 'all', page)).items
}

async function checkChannel(check: Check, channel: Channel): Promise<void> {
  await checkLedger(check, channel)
  await checkSchedule(check, channel)
  const newest = await listSubdirStates(check.parts.db, channel.id, channel.newestRevision)
  await checkContents(check, channel, newest)
  await checkHistory(check, channel)
  await checkGrantedShards(check, channel)
  await checkRendered(check, channel, await listSubdirStates(check.parts.db, channel.id, channel.revision))
}
