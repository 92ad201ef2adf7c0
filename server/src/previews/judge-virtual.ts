/**
 * What a change would do to a virtual channel: every file is judged as publishing judges it, by its member and by the
 * channel itself, once as things are and once after the change. Nothing is kept from one preview to the next, for what
 * the members decide is not known without asking them.
 */
import type { Channel } from '../channels/channel.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { combineDecisions } from '../policies/combine-decisions.ts'
import { decide } from '../policies/decide.ts'
import type { Asked } from '../policies/decision-inputs.ts'
import { toPolicy } from '../policies/load-policies.ts'
import type { Policy } from '../policies/policy.ts'
import { judgeFiles, type JudgedFile } from '../repodata/judge-files.ts'
import type { JudgedTwice } from './count-changes.ts'
import { withChange, withNewText, type PolicyChange } from './policy-change.ts'

const NAMES_AT_ONCE = 400

/** Names that have files, each once. */
export async function* judgeVirtual(
  db: Db,
  channel: Channel,
  change: PolicyChange,
  now: Date,
): AsyncGenerator<readonly [string, readonly JudgedTwice[]]> {
  const changed = new ChangedPolicies(channel, change)
  for (const names of inChunks(await listPresentNames(db, channel.id), NAMES_AT_ONCE)) {
    const judged = await judgeFiles(db, channel, await listFilesOfNames(db, channel.id, names), now)
    const files = [...judged.values()].map((file) => ({
      facts: file.facts,
      before: file.decision,
      after: judgeAfter(file, changed, now),
    }))
    yield* Map.groupBy(files, ({ facts }) => facts.name)
  }
}

function judgeAfter({ facts, decision, asked }: JudgedFile, changed: ChangedPolicies, now: Date) {
  if (asked.length === 0) return decision // its owner does not have it, whatever policies say
  return asked
    .map((one) => decide({ ...facts, channel: one.channel }, changed.of(one), now, { brief: true }))
    .reduce(combineDecisions)
}

/** The policies that are asked, after the change; those of files that were judged together are made once. */
class ChangedPolicies {
  readonly #channel: Channel
  readonly #change: PolicyChange
  readonly #made = new Map<string, readonly Policy[]>()
  readonly #known = new WeakMap<Asked['policies'], readonly Policy[]>()

  constructor(channel: Channel, change: PolicyChange) {
    this.#channel = channel
    this.#change = change
  }

  of({ channel, policies }: Asked): readonly Policy[] {
    const known = this.#known.get(policies)
    if (known) return known
    // each policy is compiled once, so the same ones have to be the same objects
    const key = JSON.stringify([channel, policies])
    let made = this.#made.get(key)
    if (!made) {
      const before = policies.map(toPolicy)
      // a member is asked by its own policies: a new text counts there where it is in force already
      made =
        channel === this.#channel.name ? withChange(before, this.#change) : withNewText(before, this.#change)
      this.#made.set(key, made)
    }
    this.#known.set(policies, made)
    return made
  }
}

async function listPresentNames(db: Db, channelId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('state', '=', 'present')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}
