/**
 * What a check has found and what was done about it, each finding once for its place. Of a lost disk these are hundreds of
 * thousands, and as objects a gigabyte: so they are rows of a database of nobody else's, which SQLite keeps in memory while
 * they are few and in a nameless file of the folder for temporary files beyond that. It goes with the process, however that ends.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { kindOf, type Finding, type FindingKind } from './finding.ts'
import { errorText } from '../platform/text.ts'
import type { Outcome } from './repair/outcome.ts'
import { AppError } from '../vocabulary/errors.ts'

export interface Found {
  readonly finding: Finding
  readonly repair?: Outcome | undefined
}

const PAGE = 500

export class FindingLog implements Iterable<Found> {
  readonly #db = new DatabaseSync('')
  readonly #statements = new Map<string, StatementSync>()

  constructor() {
    this.#db.exec(`
      pragma journal_mode = off;
      create table found (position integer primary key, key text, subject text, kind text, finding text, look integer,
        outcome text, repair text);
      create index found_by_key on found (key);
      create index found_by_subject on found (subject);
      begin`) // and never committed: it is for nobody else
  }

  add(finding: Finding, repair?: Outcome): void {
    this.#run(
      `insert into found (key, subject, kind, finding, look, outcome, repair) values (?, ?, ?, ?, 1, ?, ?)`,
      ...[keyOf(finding), subjectOf(finding), kindOf(finding), JSON.stringify(finding)],
      ...[repair?.outcome ?? null, repair?.message ?? null],
    )
  }

  /** The same finding with what was done now. */
  put(finding: Finding, repair: Outcome): void {
    this.#run('delete from found where key = ?', keyOf(finding))
    this.add(finding, repair)
  }

  /** What was done about it before, in words. */
  repairOf(finding: Finding): string | undefined {
    const [row] = this.#run('select repair from found where key = ? and repair is not null', keyOf(finding))
    return row && String(row['repair'])
  }

  /** Whether anything was found about the same thing. */
  has(finding: Finding): boolean {
    return this.#run('select 1 from found where subject = ? limit 1', subjectOf(finding)).length > 0
  }

  /** Whether the thing that it is about was put aside, under whatever code it was found. */
  isAside(finding: Finding): boolean {
    const aside = "select 1 from found where subject = ? and outcome = 'aside' limit 1"
    return this.#run(aside, subjectOf(finding)).length > 0
  }

  /** Notes that a further look, by its number, has found it as well: what it says now counts. */
  seeAgain(finding: Finding, look: number): void {
    this.#run(
      'update found set look = ?, finding = ? where key = ? and look = ?',
      ...[look, JSON.stringify(finding), keyOf(finding), look - 1],
    )
  }

  /** Of findings that need a further look, forgets those that it did not find. */
  keepSeen(look: number, needsLook: (finding: Finding) => boolean): void {
    for (const { position, finding } of this.#rows(`look < ${look}`))
      if (needsLook(finding)) this.#run('delete from found where position = ?', position)
  }

  count(outcome?: Outcome['outcome']): number {
    const [row] = this.#run(
      'select count(*) as count from found where ?1 is null or outcome = ?1',
      outcome ?? null,
    )
    return Number(row?.['count'])
  }

  countFaults(): number {
    const [row] = this.#run("select count(*) as count from found where kind <> 'note'")
    return Number(row?.['count'])
  }

  /** Of all that is not repaired. */
  kinds(): FindingKind[] {
    const rows = this.#run("select distinct kind from found where outcome is null or outcome <> 'repaired'")
    return rows.map(({ kind }) => kind as FindingKind) // as `add` wrote it
  }

  /** In the order in which they came; may be written to meanwhile. */
  *[Symbol.iterator](): Generator<Found> {
    for (const { finding, repair } of this.#rows('true')) yield repair ? { finding, repair } : { finding }
  }

  *#rows(
    where: string,
  ): Generator<{ readonly position: number; readonly finding: Finding; readonly repair?: Outcome }> {
    for (let after = 0; ;) {
      const page = this.#run(
        `select * from found where position > ? and ${where} order by position limit ${PAGE}`,
        after,
      )
      for (const row of page) {
        const finding = JSON.parse(String(row['finding'])) as Finding // as `add` wrote it
        const repair =
          row['outcome'] === null
            ? undefined
            : ({ outcome: row['outcome'], message: row['repair'] } as Outcome) // likewise
        yield { position: Number(row['position']), finding, ...(repair && { repair }) }
      }
      const last = page.at(-1)
      if (!last) return
      after = Number(last['position'])
    }
  }

  #run(sql: string, ...values: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    try {
      return statement.all(...values)
    } catch (cause) {
      const why = `the list of what was found has no room in the folder for temporary files: ${errorText(cause)}`
      throw new AppError('storage-full', `${why}; name another one in TMPDIR`, { cause })
    }
  }

  close(): void {
    this.#db.close()
  }
}

function keyOf({ code, where, place }: Finding): string {
  return `${code} ${where} ${place?.sha256 ?? ''}`
}

/** The bytes where it is about some, for a package that is damaged and put aside is missing then: the same thing. */
function subjectOf(finding: Finding): string {
  return finding.place?.sha256 ?? keyOf(finding)
}
