/** All that is known against the versions that channels hold: what an index is built from, as texts to compare. */
import type { Db } from '../../platform/database/db.ts'
import { findVulnerabilities } from '../find-vulnerabilities.ts'
import { verdictText } from '../import-effect.ts'

/** `name version vulnerability` → everything a decision can see. */
export async function readVerdicts(db: Db): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('channel_files')
    .select(['name', 'version'])
    .distinct()
    .where('state', '=', 'present')
    .orderBy('name')
    .orderBy('version')
    .execute()
  const verdicts = new Map<string, string>()
  for (const [name, own] of Map.groupBy(rows, (row) => row.name)) {
    const found = await findVulnerabilities(
      db,
      name,
      own.map(({ version }) => version),
    )
    for (const [version, matches] of found) {
      for (const [id, same] of Map.groupBy(matches, (match) => match.vulnerability.id)) {
        const [{ kev, epss }] = same.map(({ vulnerability }) => vulnerability) as [
          (typeof same)[0]['vulnerability'],
        ]
        verdicts.set(`${name} ${version} ${id}`, `${verdictText(same)} ${JSON.stringify([kev, epss])}`)
      }
    }
  }
  return verdicts
}
