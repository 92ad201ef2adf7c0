/**
 * curl's own table of vulnerabilities: first and last vulnerable version, both inclusive, and whether the flaw
 * is in the tool, the library or both. More precise than any CPE range, which knows only "curl".
 */
import type { ParsedAdvisory } from './advisory.ts'
import { requireText, RecordError, textOf, type JsonObject } from './json-reading.ts'
import { parseComponent } from './parse-osv.ts'

/** @throws RecordError when the row lacks the CVE or a bound */
export function parseCurlRow(row: JsonObject): ParsedAdvisory {
  const id = requireText(row, 'cve')
  if (!id.startsWith('CVE-')) throw new RecordError(`field "cve" is ${JSON.stringify(id)}, not a CVE id`)
  const first = requireText(row, 'first_vulnerable')
  const last = requireText(row, 'last_vulnerable')
  const page = textOf(row.page)
  return {
    key: `curl:${id}`,
    source: 'curl',
    id,
    aliases: [],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: dayMs(textOf(row.announced) ?? ''),
    modifiedMs: null,
    summary: textOf(row.name) ?? '',
    text: textOf(row.name) ?? '',
    scores: [],
    affected: [
      {
        identity: { kind: 'cpe', name: 'haxx:curl' },
        ranges: [
          {
            form: 'bounds',
            scheme: 'generic',
            from: { version: first, isInclusive: true },
            to: { version: last, isInclusive: true },
            isUnspecified: false,
          },
        ],
        versions: [],
        except: [],
        platforms: null,
        conditions: [],
        component: parseComponent(row.affects),
        targetSoftware: null,
        isSecondary: false,
        note: null,
      },
    ],
    references: page === undefined ? [] : [`https://curl.se/docs/${page}`],
  }
}

/** `20260624` */
function dayMs(text: string): number | null {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? []
  return year && month && day ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : null
}
