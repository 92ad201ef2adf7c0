/**
 * Every file decided once more, by the policies and the facts of now, against what was decided when it was published
 * (I-9). It finds what no comparison of rows does: a policy, an assignment, an advisory or a link that was lost, by which
 * something is let through that was kept back, or the other way round.
 */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import type { Decision } from '../policies/decision.ts'
import { errorText } from '../platform/text.ts'
import { judgeFiles } from '../repodata/judge-files.ts'
import { findStaleNames } from './check-database.ts'
import type { Check } from './check.ts'

/** @param files of one channel, none of a name that is stale */
export async function checkDecisions(
  check: Check,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<void> {
  const { db } = check.parts
  const now = check.now()
  // what time alone changes is decided again when a server runs
  const settled = files.filter(
    ({ effect, nextChangeMs }) => effect !== null && (nextChangeMs === null || nextChangeMs > now.getTime()),
  )
  const different: { readonly file: ChannelFile; readonly message: string }[] = []
  try {
    const judged = await judgeFiles(db, channel, settled, now)
    for (const file of settled) {
      const found = judged.get(file.id)
      const message = found && differenceOf(file, found.decision)
      if (message) different.push({ file, message })
    }
  } catch (error) {
    const message = `nothing can be decided of its files: ${errorText(error)}`
    check.add({ code: 'not-decidable', where: channel.name, message, place: { channel: channel.name } })
    return
  }
  if (different.length === 0) return
  // what somebody changed meanwhile is stale by now
  const stale = await findStaleNames(check, channel.id, [...new Set(different.map(({ file }) => file.name))])
  for (const { file, message } of different) {
    if (stale.has(file.name)) continue
    const { subdir, name, filename } = file
    check.add({
      code: 'decision-differs',
      where: `${channel.name}/${subdir}/${filename}`,
      message,
      place: { channel: channel.name, subdir, name, filename },
    })
  }
}

function differenceOf(file: ChannelFile, decision: Decision): string | undefined {
  if (file.effect !== decision.effect) {
    const why = decision.reasons.map(({ text }) => text).slice(0, 1)
    return `it was decided to ${file.effect} it, and by the policies and facts of now it is to ${[decision.effect, ...why].join(': ')}`
  }
  const next = decision.nextChangeAt
  if (next && (file.nextChangeMs === null || file.nextChangeMs > next.getTime()))
    return `its decision changes on ${next.toISOString()}, and nothing would make it anew then`
  return undefined
}
