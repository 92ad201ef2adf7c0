/** One damage at a time, to any file and to any row: what `random-damage.test.ts` does to a world. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

/** The same number, the same damages. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, the limit (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new Error('there is nothing to choose from')
    return choice
  }
}

export interface Harmed {
  /** `row channels`, `column channels.name`, `blob flip`, `stray` */
  readonly kind: string
  readonly what: string
}

interface Place {
  readonly data: string
  readonly db: DatabaseSync
  readonly random: Random
}

/** A third each of files, rows and columns. */
export function harmOnce(place: Place): Harmed {
  return place.random.of([harmFile, harmFile, dropRow, changeColumn, changeColumn])(place)
}

function harmFile({ data, random }: Place): Harmed {
  const blobs = readdirSync(join(data, 'blobs', 'sha256'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const path = random.of(blobs)
  const bytes = readFileSync(path)
  const harms: Record<string, () => void> = {
    delete: () => rmSync(path),
    flip: () => {
      const at = random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 << random.below(8)) // within
      writeFileSync(path, bytes)
    },
    truncate: () => writeFileSync(path, bytes.subarray(0, random.below(bytes.length))),
    append: () => writeFileSync(path, Buffer.concat([bytes, Buffer.from('x')])),
    empty: () => writeFileSync(path, ''),
    swap: () => {
      const other = random.of(blobs.filter((one) => one !== path))
      renameSync(path, `${path}.aside`)
      renameSync(other, path)
      renameSync(`${path}.aside`, other)
    },
    folder: () => {
      rmSync(path)
      mkdirSync(path)
    },
    unreadable: () => {
      rmSync(path)
      symlinkSync(path, path)
    },
    stray: () => {
      const stray = join(data, 'blobs', random.of(['notes.txt', 'sha256/x', 'sha256/ab/x', 'sha256/zz/y/x']))
      mkdirSync(dirname(stray), { recursive: true })
      writeFileSync(stray, 'x')
    },
  }
  const kind = random.of(Object.keys(harms))
  harms[kind]?.()
  return { kind: `blob ${kind}`, what: path }
}

function dropRow({ db, random }: Place): Harmed {
  const { table, rowid, row } = pickRow(db, random)
  db.exec(`delete from "${table}" where rowid = ${rowid}`)
  return { kind: `row ${table}`, what: JSON.stringify(row) }
}

function changeColumn({ db, random }: Place): Harmed {
  for (;;) {
    const { table, rowid, row } = pickRow(db, random)
    const column = random.of(Object.keys(row))
    const value = anotherThan(column, row[column] ?? null)
    try {
      db.prepare(`update "${table}" set "${column}" = ? where rowid = ${rowid}`).run(value)
    } catch {
      continue // the schema itself refuses it
    }
    const what = `${JSON.stringify(row[column])} became ${JSON.stringify(value)} in ${JSON.stringify(row)}`
    return { kind: `column ${table}.${column}`, what }
  }
}

type Value = string | number | null

function anotherThan(column: string, value: Value): Value {
  if (value === null) return /_at$|_ms$|score|days|until/.test(column) ? 7 : 'x'
  if (typeof value === 'number') return value === 0 ? 1 : value === 1 ? 0 : value + 1
  if (/^[0-9a-f]{64}$/.test(value)) return (value.startsWith('a') ? 'b' : 'a') + value.slice(1)
  return /^[[{]/.test(value) ? value.slice(0, -1) : `${value}x`
}

function pickRow(
  db: DatabaseSync,
  random: Random,
): { table: string; rowid: number; row: Record<string, Value> } {
  for (;;) {
    const table = random.of(tablesOf(db))
    const [counted] = db.prepare(`select count(*) as count from "${table}"`).all()
    const count = Number(counted?.['count'])
    if (count === 0) continue
    const row = db
      .prepare(`select rowid as damaged, * from "${table}" limit 1 offset ${random.below(count)}`)
      .get()
    if (!row) continue
    const { damaged, ...columns } = row
    return { table, rowid: Number(damaged), row: columns as Record<string, Value> } // no blobs are in any table
  }
}

export function tablesOf(db: DatabaseSync): string[] {
  return db
    .prepare(
      "select name from sqlite_master where type = 'table' and name not like 'kysely%' and name not like 'sqlite%' order by name",
    )
    .all()
    .map(({ name }) => String(name))
}
