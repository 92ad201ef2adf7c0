/**
 * Node.js' own list (nodejs/security-wg, vuln/core): which release lines are vulnerable, which version of each line is
 * patched, and on which systems. NVD seldom knows the system.
 */
import {
  osClasses,
  type ParsedAdvisory,
  type OsClass,
  type RangeEvent,
  type VersionRange,
} from './advisory.ts'
import { RecordError, requireText, textOf, textsOf, type JsonObject } from './json-reading.ts'

/** @throws RecordError when it names no CVE, or a range is not in the list's own spelling */
export function parseNodeCore(record: JsonObject): ParsedAdvisory {
  const [id, ...others] = textsOf(record.cve)
  if (id === undefined) throw new RecordError('field "cve" names no CVE')
  return {
    key: `node:${id}`,
    source: 'node',
    id,
    aliases: [],
    upstream: others,
    state: 'active',
    isDisputed: false,
    publishedMs: null,
    modifiedMs: null,
    summary: textOf(record.description) ?? textOf(record.overview) ?? '',
    text: `${textOf(record.description) ?? ''} ${textOf(record.overview) ?? ''}`,
    scores: [],
    affected: [
      {
        identity: { kind: 'cpe', name: 'nodejs:node.js' },
        ranges: rangesOf(requireText(record, 'vulnerable'), textOf(record.patched) ?? ''),
        versions: [],
        except: [],
        platforms: parseSystems(textsOf(record.affectedEnvironments)),
        conditions: [],
        component: null,
        targetSoftware: null,
        isSecondary: false,
        note: null,
      },
    ],
    references: [textOf(record.ref)].filter((text) => text !== undefined),
  }
}

interface Line {
  readonly from: string
  /** Exclusive; null for no end. */
  readonly to: string | null
}

/** Each vulnerable line from its start to the patched version in it, or to its end where there is none. */
function rangesOf(vulnerable: string, patched: string): VersionRange[] {
  const fixes = patched.split('||').flatMap((part) => readFix(part.trim()))
  return vulnerable.split('||').map((part) => {
    const line = readLine(part.trim())
    const fix = fixes.find((version) => isWithin(version, line)) ?? line.to
    const events: RangeEvent[] = [{ kind: 'introduced', version: line.from }]
    if (fix !== null) events.push({ kind: 'fixed', version: fix })
    return { form: 'events', scheme: 'semver', events }
  })
}

/** `18.x`, `0.10.x`, `>=6.0.0 <6.9.0`, `<= 7.5.0`, `*`, or one version. */
function readLine(text: string): Line {
  if (text === '*' || text === 'x') return { from: '0', to: null }
  const [, major, minor] = /^v?(\d+)(?:\.(?:x|(\d+)))?(?:\.x)?$/.exec(text) ?? []
  if (major !== undefined) {
    if (minor === undefined) return { from: `${major}.0.0`, to: `${Number(major) + 1}.0.0` }
    return { from: `${major}.${minor}.0`, to: `${major}.${Number(minor) + 1}.0` }
  }
  const [, only] = /^=?\s*v?(\d+\.\d+\.\d+)$/.exec(text) ?? []
  if (only !== undefined) return { from: only, to: nextPatch(only) }
  const [, caret] = /^\^v?(\d+\.\d+\.\d+)$/.exec(text) ?? []
  if (caret !== undefined) return { from: caret, to: `${Number(caret.split('.')[0]) + 1}.0.0` }
  return readBounds(text)
}

function readBounds(text: string): Line {
  const bounds = [...text.matchAll(/(>=|<=|<|>)\s*v?(\d+\.\d+\.\d+)/g)]
  if (
    bounds
      .map(([whole]) => whole)
      .join('')
      .replaceAll(' ', '') !== text.replaceAll(/[\sv]/g, '') ||
    text === ''
  ) {
    throw new RecordError(
      `field "vulnerable" has ${JSON.stringify(text)}, which is no range of Node.js' list`,
    )
  }
  let line: Line = { from: '0', to: null }
  for (const [, operator, version = ''] of bounds) {
    if (operator === '>=') line = { ...line, from: version }
    else if (operator === '>') line = { ...line, from: nextPatch(version) }
    else line = { ...line, to: operator === '<' ? version : nextPatch(version) }
  }
  return line
}

/** Node.js releases no pre-releases that count here, so the next patch level ends a version. */
function nextPatch(version: string): string {
  const [major, minor, patch] = version.split('.')
  return `${major ?? 0}.${minor ?? 0}.${Number(patch) + 1}`
}

function readFix(text: string): string[] {
  const version = /^(?:\^|>=|~|=)?\s*v?(\d+\.\d+\.\d+)$/.exec(text)?.[1]
  return version === undefined ? [] : [version]
}

function isWithin(version: string, { from, to }: Line): boolean {
  return compareNumbers(version, from) >= 0 && (to === null || compareNumbers(version, to) < 0)
}

function compareNumbers(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('.').map(Number))
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const systems: Readonly<Record<string, readonly OsClass[]>> = {
  win32: ['win'],
  windows: ['win'],
  linux: ['linux'],
  darwin: ['osx'],
  macos: ['osx'],
}

/** Null for `all`, and for a word we do not know: it must not take a system out. */
function parseSystems(words: readonly string[]): OsClass[] | null {
  const found = words.map((word) => systems[word.toLowerCase()])
  if (found.length === 0 || found.includes(undefined)) return null
  return osClasses.filter((os) => found.some((own) => own?.includes(os)))
}
