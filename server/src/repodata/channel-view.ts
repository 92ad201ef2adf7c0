/** What a channel serves at this moment, whole: its newest revision, and the files of the last one that was rendered. */
import type { Channel } from '../channels/channel.ts'
import type { Db } from '../platform/database/db.ts'
import { storedName, type Form, type Resource } from './rendered-files.ts'
import {
  findRevision,
  listRenderedFiles,
  listSubdirStates,
  type RenderedFile,
  type SubdirState,
} from './revision-store.ts'

export interface ChannelView {
  readonly channel: Channel
  /** When the served revision was made; the channel itself, before its first. */
  readonly revisedAt: Date
  readonly subdirs: ReadonlyMap<string, SubdirState>
  /** When the revision was made of which the monolithic files are. */
  readonly renderedAt: Date
  /** By subdir. */
  readonly rendered: ReadonlyMap<string, readonly RenderedFile[]>
}

export async function loadChannelView(db: Db, channel: Channel): Promise<ChannelView> {
  const { id, revision, renderedRevision } = channel
  const states = await listSubdirStates(db, id, revision)
  return {
    channel,
    revisedAt: (await findRevision(db, id, revision))?.createdAt ?? channel.createdAt,
    subdirs: new Map(states.map((state) => [state.subdir, state])),
    renderedAt: (await findRevision(db, id, renderedRevision))?.createdAt ?? channel.createdAt,
    rendered: await listRenderedFiles(db, id, renderedRevision),
  }
}

export function findRendered(
  view: ChannelView,
  subdir: string,
  resource: Resource,
  form: Form,
): RenderedFile | undefined {
  const name = storedName(resource, form)
  return view.rendered.get(subdir)?.find(({ filename }) => filename === name)
}

/** For how long the first change has been waiting that the monolithic files do not show; 0 when they show all. */
export async function renderLagMs(db: Db, channel: Channel, now: Date): Promise<number> {
  if (channel.renderedRevision >= channel.revision) return 0
  const first = await findRevision(db, channel.id, channel.renderedRevision + 1)
  return Math.max(0, now.getTime() - (first?.createdAt ?? channel.renderedAt).getTime())
}
