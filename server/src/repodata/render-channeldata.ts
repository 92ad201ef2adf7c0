/**
 * What a channel says of its packages over all subdirs: `channeldata.json` and `rss.xml`. As with the other
 * files that take looking into packages, names whose shards are the same keep what was said of them.
 */
import {
  channeldataEntry,
  renderChanneldata,
  type ChanneldataArtifact,
  type LinkFact,
} from '@terrarium/conda/repodata/channeldata.ts'
import { isJsonObject, parseJson, type JsonObject } from '@terrarium/conda/repodata/json-value.ts'
import { renderRss } from '@terrarium/conda/repodata/rss.ts'
import { normalizeRunExports } from '@terrarium/conda/repodata/run-exports.ts'
import { scanRepodata } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { Origin } from '../artifacts/origins.ts'
import { JsonEntries } from './json-entries.ts'
import type { Records } from './shard-maps.ts'

/** As `renderRss` shows. */
const FEED_ITEMS = 100

export class ChanneldataDraft {
  readonly #entries = new JsonEntries()
  /** The newest names seen so far, at most twice as many as the feed shows. */
  #newest: [name: string, entry: JsonObject][] = []

  /** @param served the records of the name by subdir */
  add(name: string, served: ReadonlyMap<string, Records>, origins: ReadonlyMap<string, Origin>): void {
    const artifacts = [...served].flatMap(([subdir, records]) =>
      [...records].flatMap(([filename, record]): ChanneldataArtifact[] => {
        const origin = origins.get(String(record.sha256))
        if (!origin) return [] // named by a passive mirror: nobody has looked inside
        return [
          {
            subdir,
            filename,
            record,
            linkFacts: linkFactsOf(origin),
            about: origin.about ?? {},
            runExports: normalizeRunExports(origin.runExports),
          },
        ]
      }),
    )
    const entry = channeldataEntry(artifacts)
    if (entry === undefined) return
    this.#entries.set(name, entry)
    this.#feed(name, entry)
  }

  takeOver(bytes: Uint8Array, unchanged: (name: string) => boolean): void {
    for (const { filename: name, slice } of scanRepodata(bytes).records()) {
      if (!unchanged(name)) continue
      this.#entries.setJson(name, slice)
      const entry = parseJson(new TextDecoder().decode(slice))
      if (isJsonObject(entry)) this.#feed(name, entry)
    }
  }

  render(subdirs: Iterable<string>): Iterable<Uint8Array> {
    return renderChanneldata(this.#entries.drain(), new Set(['noarch', ...subdirs]))
  }

  renderFeed(channel: string, channelUrl: string): Iterable<Uint8Array> {
    return [Buffer.from(renderRss({ channel, channelUrl, entries: this.#newest }))]
  }

  #feed(name: string, entry: JsonObject): void {
    this.#newest.push([name, entry])
    if (this.#newest.length < 2 * FEED_ITEMS) return
    this.#newest = this.#newest.sort(newestFirst).slice(0, FEED_ITEMS)
  }
}

function newestFirst([nameA, a]: [string, JsonObject], [nameB, b]: [string, JsonObject]): number {
  return Number(b.timestamp) - Number(a.timestamp) || (nameA < nameB ? -1 : 1)
}

function linkFactsOf({ flags }: Origin): Set<LinkFact> {
  const facts: [LinkFact, boolean][] = [
    ['activate.d', flags.activateD],
    ['deactivate.d', flags.deactivateD],
    ['binary_prefix', flags.binaryPrefix],
    ['text_prefix', flags.textPrefix],
    ['pre_link', flags.preLink],
    ['post_link', flags.postLink],
    ['pre_unlink', flags.preUnlink],
  ]
  return new Set(facts.filter(([, holds]) => holds).map(([fact]) => fact))
}
