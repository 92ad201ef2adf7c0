/** One damage at a time, to any file and to any row: what `random-damage.test.ts` does to a world. */
import type { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'

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

export type Value = string | number | null
export type Row = Record<string, Value>

/** A database without its servers, and with nothing in it that keeps rows together. */
export interface Rows {
  /** Where a row is, for a `where` of the next statement. */
  readonly address: string
  query(sql: string, values?: readonly Value[]): Promise<Row[]>
}

/** The blobs without their servers, by path or key. */
export interface Files {
  list(): string[]
  read(path: string): Buffer
  write(path: string, bytes: Uint8Array): void
  remove(path: string): void
  /** What only a folder can suffer. */
  readonly more: Readonly<Record<string, (path: string) => void>>
  readonly strays: readonly string[]
}

interface Place {
  readonly files: Files
  readonly rows: Rows
  readonly random: Random
}

export function sqliteRows(db: DatabaseSync): Rows {
  db.exec('pragma foreign_keys = off')
  return {
    address: 'rowid',
    query: (sql, values = []) => Promise.resolve(db.prepare(sql).all(...values) as Row[]), // no blobs are in any table
  }
}

export async function postgresRows(client: pg.Client): Promise<Rows> {
  await client.query('set session_replication_role = replica') // no reference is looked at
  return {
    address: 'ctid',
    query: async (sql, values = []) => {
      let count = 0
      const { rows } = await client.query<Row>(
        sql.replaceAll('?', () => `$${(count += 1)}`),
        [...values],
      )
      return rows
    },
  }
}

/** A fifth each of files and rows, the rest of columns. */
export function harmOnce(place: Place): Promise<Harmed> {
  return place.random.of([harmFile, dropRow, changeColumn, changeColumn, harmFile])(place)
}

function harmFile({ files, random }: Place): Promise<Harmed> {
  const blobs = files.list().sort()
  const path = random.of(blobs)
  const bytes = files.read(path)
  const harms: Record<string, () => void> = {
    delete: () => files.remove(path),
    flip: () => {
      const at = random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 << random.below(8)) // within
      files.write(path, bytes)
    },
    truncate: () => files.write(path, bytes.subarray(0, random.below(bytes.length))),
    append: () => files.write(path, Buffer.concat([bytes, Buffer.from('x')])),
    empty: () => files.write(path, Buffer.of()),
    swap: () => {
      const other = random.of(blobs.filter((one) => one !== path))
      files.write(path, files.read(other))
      files.write(other, bytes)
    },
    stray: () => files.write(random.of(files.strays), Buffer.from('x')),
    ...Object.fromEntries(Object.entries(files.more).map(([kind, harm]) => [kind, () => harm(path)])),
  }
  const kind = random.of(Object.keys(harms))
  harms[kind]?.()
  return Promise.resolve({ kind: `blob ${kind}`, what: path })
}

async function dropRow({ rows, random }: Place): Promise<Harmed> {
  const { table, at, row } = await pickRow(rows, random)
  await rows.query(`delete from "${table}" where ${rows.address} = ${at}`)
  return { kind: `row ${table}`, what: JSON.stringify(row) }
}

async function changeColumn({ rows, random }: Place): Promise<Harmed> {
  for (;;) {
    const { table, at, row } = await pickRow(rows, random)
    const column = random.of(Object.keys(row))
    const value = anotherThan(column, row[column] ?? null)
    try {
      await rows.query(`update "${table}" set "${column}" = ? where ${rows.address} = ${at}`, [value])
    } catch {
      continue // the schema itself refuses it
    }
    const what = `${JSON.stringify(row[column])} became ${JSON.stringify(value)} in ${JSON.stringify(row)}`
    return { kind: `column ${table}.${column}`, what }
  }
}

function anotherThan(column: string, value: Value): Value {
  if (value === null) return /_at$|_ms$|score|days|until/.test(column) ? 7 : 'x'
  if (typeof value === 'number') return value === 0 ? 1 : value === 1 ? 0 : value + 1
  if (/^[0-9a-f]{64}$/.test(value)) return (value.startsWith('a') ? 'b' : 'a') + value.slice(1)
  return /^[[{]/.test(value) ? value.slice(0, -1) : `${value}x`
}

async function pickRow(
  rows: Rows,
  random: Random,
): Promise<{ table: string; at: string; row: Record<string, Value> }> {
  const tables = await tablesOf(rows)
  for (;;) {
    const table = random.of(tables)
    const [counted] = await rows.query(`select count(*) as count from "${table}"`)
    const count = Number(counted?.['count'])
    if (count === 0) continue
    const [row] = await rows.query(
      `select ${rows.address} as damaged, * from "${table}" limit 1 offset ${random.below(count)}`,
    )
    if (!row) continue
    const { damaged, ...columns } = row
    return { table, at: `'${String(damaged)}'`, row: columns }
  }
}

export async function tablesOf(rows: Rows): Promise<string[]> {
  const from =
    rows.address === 'rowid'
      ? "select name from sqlite_master where type = 'table'"
      : "select tablename as name from pg_tables where schemaname = 'public'"
  const found = (await rows.query(`${from} order by 1`)).map(({ name }) => String(name))
  return found.filter((name) => !/^(kysely|sqlite)/.test(name))
}
