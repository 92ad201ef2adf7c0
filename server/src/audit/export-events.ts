/** Takes events out: as a stream on demand, and into a folder on a schedule. */
import { createWriteStream } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Db } from '../platform/database/db.ts'
import { formatEvent, formatHeading, type EventFormat } from './format-events.ts'
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
 * Writes what came since the last time into a new file of the folder: `audit-1-250.jsonl`. Nothing new makes
 * no file. A file is there whole or not at all, and writing it twice gives the same bytes.
 *
 * @returns the name of the file
 */
export async function exportToFolder(
  db: Db,
  folder: string,
  format: EventFormat,
): Promise<string | undefined> {
  const head = await readHead(db)
  if (head.exportedSeq >= head.seq) return undefined
  await mkdir(folder, { recursive: true })
  const name = `audit-${head.exportedSeq + 1}-${head.seq}.${format}`
  const partial = join(folder, `.${name}.part`)
  const range = { afterSeq: head.exportedSeq, throughSeq: head.seq }
  await pipeline(
    Readable.from(exportEvents(db, format, {}, range)),
    createWriteStream(partial, { mode: 0o600, flush: true }),
  )
  await rename(partial, join(folder, name))
  await syncFolder(folder)
  await setExported(db, head.seq)
  return name
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
