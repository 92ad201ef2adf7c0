/**
 * What today's policies say of files: the facts and the decision of each. The index and the download gate both
 * come here, so they cannot disagree.
 *
 * A file of a virtual channel is judged twice, as its member has it and by the policies of the virtual channel,
 * and the stricter decision holds. What its owner does not have is denied, also when it was shown before: or a
 * private name could still be had from a public member.
 */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import type { Db } from '../platform/database/db.ts'
import { decide } from '../policies/decide.ts'
import { combineDecisions } from '../policies/combine-decisions.ts'
import type { Decision } from '../policies/decision.ts'
import { notOwned, type Asked } from '../policies/decision-inputs.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { listPoliciesInForce, toPolicy } from '../policies/load-policies.ts'
import { gatherFacts } from './gather-facts.ts'
import { findMemberFiles, type MemberFile } from './member-files.ts'

export interface JudgedFile {
  readonly facts: ArtifactFacts
  readonly decision: Decision
  /** Whose policies were asked: with the facts, all it takes to make the decision again. */
  readonly asked: readonly Asked[]
}

/** By file id, for files of one channel. */
export async function judgeFiles(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
  now: Date,
): Promise<Map<string, JudgedFile>> {
  if (channel.kind === 'virtual') return judgeVirtual(db, channel, files, now)
  const inForce = await listPoliciesInForce(db, channel.id)
  const policies = inForce.map(toPolicy)
  const asked = [{ channel: channel.name, policies: inForce }]
  const facts = await gatherFacts(db, channel, files)
  return new Map(
    [...facts].map(([id, own]) => [id, { facts: own, decision: decide(own, policies, now), asked }]),
  )
}

async function judgeVirtual(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
  now: Date,
): Promise<Map<string, JudgedFile>> {
  const sources = await findMemberFiles(db, channel, files)
  const judged = new Map<string, JudgedFile>()
  const without = files.filter(({ id }) => !sources.has(id))
  for (const [id, facts] of await gatherFacts(db, channel, without))
    judged.set(id, { facts, decision: notOwned(channel.name), asked: [] })

  const byMember = Map.groupBy(sources, ([, { member }]) => member.id)
  for (const [memberId, own] of byMember) {
    const [[, { member }]] = own as [[string, MemberFile]] // no group is empty
    const theirs = await judgeFiles(
      db,
      member,
      own.map(([, source]) => source.file),
      now,
    )
    const inForce = await listPoliciesInForce(db, channel.id, memberId)
    const policies = inForce.map(toPolicy)
    const here = { channel: channel.name, policies: inForce }
    for (const [id, { file }] of own) {
      const there = theirs.get(file.id)! // one for each file
      const facts = { ...there.facts, channel: channel.name }
      const decision = combineDecisions(there.decision, decide(facts, policies, now))
      judged.set(id, { facts, decision, asked: [...there.asked, here] })
    }
  }
  return judged
}
