/** The table at the end of the demo: what is served, what is blocked and why. */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { printTable } from '../output.ts'

export interface DemoFile {
  readonly ckey: string
  readonly name: string
  readonly effect: string
  readonly metadata: { readonly version: string; readonly license: string | null }
  readonly reasons: readonly { readonly rule: string; readonly text: string }[]
}

interface Row {
  readonly name: string
  readonly served: string
  readonly blocked: string
  readonly why: string
}

const MOST_ROWS = 60
const BLOCKED = new Set(['hide', 'hold', 'deny'])
/** `terrarium why` says it; in a table it would push the rest out. */
const HOW_IT_IS_KNOWN = / \[[^\]]*\]/g

export function printSummary(channel: string, files: readonly DemoFile[]): void {
  const rows = [...Map.groupBy(files, (file) => file.name)].map(([name, own]) => summarise(name, own))
  const blocked = files.filter((file) => BLOCKED.has(file.effect)).length
  process.stdout.write(
    `\n${channel}: ${files.length} files mirrored, ${files.length - blocked} served, ${blocked} blocked\n\n`,
  )
  // what is blocked is what the table is for
  rows.sort((a, b) => Number(a.blocked === '') - Number(b.blocked === '') || (a.name < b.name ? -1 : 1))
  printTable(rows.slice(0, MOST_ROWS), [
    { title: 'package', value: (row) => row.name },
    { title: 'served', value: (row) => row.served },
    { title: 'blocked', value: (row) => row.blocked },
    { title: 'why', value: (row) => row.why, shrink: true },
  ])
  if (rows.length > MOST_ROWS) process.stdout.write(`… and ${rows.length - MOST_ROWS} packages more\n`)
}

function summarise(name: string, files: readonly DemoFile[]): Row {
  const versions = (blocked: boolean): string =>
    [
      ...new Set(
        files.filter((file) => BLOCKED.has(file.effect) === blocked).map((file) => file.metadata.version),
      ),
    ]
      .sort(compareVersions)
      .join(' ')
  const reasons = files.flatMap((file) =>
    file.reasons.map(({ rule, text }) => `${rule}: ${text.replaceAll(HOW_IT_IS_KNOWN, '')}`),
  )
  return { name, served: versions(false), blocked: versions(true), why: [...new Set(reasons)].join(' | ') }
}
