/**
 * One `<issue>` of OpenSSL's own list (news/vulnerabilities.xml), which writes every affected version out.
 *
 * The file is generated and flat, so its few elements are read with patterns rather than with an XML library:
 * attributes in double quotes, no entities in what we read but the title. Comments are taken out first.
 */
import type { ParsedAdvisory } from './advisory.ts'
import { RecordError } from './json-reading.ts'

const COMMENT = /<!--[\s\S]*?-->/g
const CVE = /<cve\s+name="(?:CVE-)?(\d{4}-\d+)"/
const PUBLIC = /<issue\s+public="(\d{4})(\d{2})(\d{2})"/
const AFFECTS = /<affects\s[^>]*?version="([^"]+)"/g
const TITLE = /<title>([^<]*)<\/title>/
const DESCRIPTION = /<description>\s*([^<]*)/

/** @throws RecordError when the issue names no CVE: OpenSSL lists a few design notes without one */
export function parseOpensslIssue(text: string): ParsedAdvisory {
  const issue = text.replaceAll(COMMENT, '')
  const number = CVE.exec(issue)?.[1]
  if (number === undefined) throw new RecordError('the issue names no CVE')
  const id = `CVE-${number}`
  const [, year, month, day] = PUBLIC.exec(issue) ?? []
  const title = TITLE.exec(issue)?.[1] ?? ''
  const description = DESCRIPTION.exec(issue)?.[1] ?? ''
  return {
    key: `openssl:${id}`,
    source: 'openssl',
    id,
    aliases: [],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: year && month && day ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : null,
    modifiedMs: null,
    summary: (title || description).trim().replaceAll(/\s+/g, ' '),
    text: `${title} ${description}`,
    scores: [],
    affected: [
      {
        identity: { kind: 'cpe', name: 'openssl:openssl' },
        ranges: [],
        versions: [...issue.matchAll(AFFECTS)].flatMap((match) => match[1] ?? []),
        except: [],
        platforms: null,
        conditions: [],
        component: null,
        targetSoftware: null,
        isSecondary: false,
        note: null,
      },
    ],
    references: [`https://www.openssl.org/news/vulnerabilities.html#${id}`],
  }
}
