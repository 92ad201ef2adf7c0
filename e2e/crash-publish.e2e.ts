/**
 * `kill -9` at random moments of publishing, rendering and collecting: whatever was promised is there, and the
 * doctor finds nothing wrong, each time. `npm run test:crash -- --runs 1000` for more of it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { findAll } from '../server/src/doctor/testing/find-all.ts'
import { kindOf } from '../server/src/doctor/finding.ts'
import { withStoppedFolder } from '../server/src/doctor/open-folder.ts'
import { temporaryFolder } from './support/terrarium.ts'

const KILLS = Number(process.env['CRASH_RUNS'] ?? 50)
const PUBLISHER = fileURLToPath(new URL('support/publisher.ts', import.meta.url))
const LONGEST_LIFE_MS = 400
/** Or the folder, and with it each check, would grow for ever. */
const KILLS_PER_FOLDER = 50

vi.setConfig({ testTimeout: 300_000 + KILLS * 20_000 })

test(`${KILLS} kills while it publishes and collects: clean each time, nothing promised is lost`, async () => {
  let folder = temporaryFolder('crash-publish')
  let promised = 0
  let total = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    if (kill > 0 && kill % KILLS_PER_FOLDER === 0) {
      await rm(folder, { recursive: true })
      folder = temporaryFolder('crash-publish')
      promised = 0
      process.stderr.write(`${kill} of ${KILLS} kills, ${total} revisions promised so far\n`)
    }
    const data = join(folder, 'data')
    const last = await publishUntilKilled(data)
    total += Math.max(0, last - promised)
    promised = Math.max(promised, last)

    await withStoppedFolder(data, async (parts) => {
      const findings = await findAll(parts)
      expect(
        findings.filter((finding) => kindOf(finding) !== 'note'),
        `kill ${kill}`,
      ).toEqual([])
      const channel = await parts.db.selectFrom('channels').select('revision').executeTakeFirst()
      expect(channel?.revision ?? 0, `kill ${kill}`).toBeGreaterThanOrEqual(promised)
    })
  }
  expect(total).toBeGreaterThan(0)
  process.stderr.write(`${KILLS} kills, ${total} revisions promised between them\n`)
})

/** @returns the last revision it promised */
async function publishUntilKilled(data: string): Promise<number> {
  const child = spawn(process.execPath, [PUBLISHER, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  let last = 0
  lines.on('line', (line) => (last = Number(line)))
  await Promise.race([once(lines, 'line'), ended])
  await wait(Math.random() * LONGEST_LIFE_MS)
  expect(child.exitCode, 'the publisher ended by itself').toBeNull()
  child.kill('SIGKILL')
  await ended
  return last
}
