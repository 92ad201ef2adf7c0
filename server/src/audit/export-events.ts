/** Takes events out: as a stream on demand, and into a folder or a bucket on a schedule. */
import type { Db } from '../platform/database/db.ts'
import { writeExport, type ExportPlace } from './export-place.ts'
import { formatEvent, formatHeading, type EventFormat } from './format-events.ts'
import { signHead, type HeadSigner } from './sign-head.ts'
import { readChain, readHead, setExported, type EventQuery } from './store.ts'

const PAGE = 1000

/** Chained events in their order, as text. */
export async function* exportEvents(
  db: Db,
  format: EventFormat,
  query: EventQuery = {},
  range?: { afterSeq: number; throughSeq: number },
): AsyncGenerator<string> {
  yield formatHeading(format)
  const through = range?.throughSeq ?? (await readHead(db)).seq
  let after = range?.afterSeq ?? 0
  for (;;) {
    const page = await readChain(db, after, PAGE, query)
    const wanted = page.filter(({ seq }) => seq <= through)
    yield wanted.map((event) => formatEvent(event, format)).join('')
    if (page.length < PAGE || wanted.length < page.length) return
    after = page.at(-1)!.seq // a full page is not empty
  }
}

/**
 * Writes what came since the last time into a new file, `audit-1-250.jsonl`, and the signed head beside it,
 * `audit-1-250.head`. Nothing new makes no file. Writing it twice gives the same events.
 *
 * @returns the name of the file
 */
export async function exportNewEvents(
  db: Db,
  place: ExportPlace,
  format: EventFormat,
  sign: { readonly heads: HeadSigner; readonly at: Date },
): Promise<string | undefined> {
  const head = await readHead(db)
  if (head.exportedSeq >= head.seq) return undefined
  const base = `audit-${head.exportedSeq + 1}-${head.seq}`
  const name = `${base}.${format}`
  const range = { afterSeq: head.exportedSeq, throughSeq: head.seq }
  await writeExport(place, name, exportEvents(db, format, {}, range))
  await writeExport(place, `${base}.head`, chunksOf(signHead(sign.heads, head, sign.at).note))
  await setExported(db, head.seq)
  return name
}

async function* chunksOf(text: string): AsyncGenerator<string> {
  yield text
}
