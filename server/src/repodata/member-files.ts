/** Files of a virtual channel as the member has them that owns their name. */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { findOwners } from '../channels/virtual-store.ts'
import type { Db } from '../platform/database/db.ts'

export interface MemberFile {
  readonly member: Channel
  readonly file: ChannelFile
}

/** By the id of the virtual channel's file; without those that the owner of their name does not know, or is lost. */
export async function findMemberFiles(
  db: Db,
  virtual: Channel,
  files: readonly ChannelFile[],
): Promise<Map<string, MemberFile>> {
  const owners = await findOwners(db, virtual.id, [...new Set(files.map(({ name }) => name))])
  const found = new Map<string, MemberFile>()
  for (const [owner, owned] of Map.groupBy(owners, ([, member]) => member)) {
    const { channel: member, lost } = owner
    if (!member || lost) continue
    const names = owned.map(([name]) => name)
    const theirs = new Map(
      // also what was taken out there: a frozen member, or one of the past, may still serve it
      (await listFilesOfNames(db, member.id, names, ['present', 'removed'])).map((file) => [
        pathOf(file),
        file,
      ]),
    )
    for (const file of files) {
      if (owners.get(file.name) !== owner) continue
      const source = theirs.get(pathOf(file))
      if (source?.sha256 === file.sha256) found.set(file.id, { member, file: source })
    }
  }
  return found
}

export function pathOf({ subdir, filename }: { subdir: string; filename: string }): string {
  return `${subdir}/${filename}`
}
