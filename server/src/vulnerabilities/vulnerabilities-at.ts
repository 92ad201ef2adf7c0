/** Vulnerabilities as they were scored and disputed at a time: what the first change after it found. */
import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../platform/database/db.ts'

/** Without a time: as they are. */
export function vulnerabilitiesAt(db: Db, at: Date | undefined) {
  /** Of the first change after that time; what is now when there is none. */
  const before = <Value>(
    kinds: readonly string[],
    what: RawBuilder<unknown>,
    otherwise: RawBuilder<unknown>,
  ): RawBuilder<Value> => {
    if (at === undefined) return sql<Value>`${otherwise}`
    const change = (column: RawBuilder<unknown>) => sql`(select ${column} from vulnerability_changes as h
      where h.vulnerability_id = vulnerabilities.id and h.at > ${at.getTime()} and h.kind in (${sql.join(kinds)})
      order by h.at, h.id limit 1)`
    // a score that was missing is null, and so is one without a change: the id tells them apart
    return sql<Value>`case when ${change(sql`h.id`)} is null then ${otherwise} else ${change(what)} end`
  }
  const wasDisputed = sql`case h.kind when 'disputed' then 0 else 1 end`
  return db
    .selectFrom('vulnerabilities')
    .select(['id', 'summary', 'aliases', 'sources', 'published_at', 'modified_at', 'libraries', 'mentions'])
    .select(['maximum_score', 'scores'])
    .select([
      before<number | null>(['scored'], sql`h.old_score`, sql`vulnerabilities.score`).as('score'),
      before<string>(['scored'], sql`h.old_severity`, sql`vulnerabilities.severity`).as('severity'),
      before<number>(['disputed', 'undisputed'], wasDisputed, sql`vulnerabilities.is_disputed`).as(
        'is_disputed',
      ),
    ])
}
