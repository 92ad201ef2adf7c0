import { asKey, number, numbersFilled, word } from './key.ts'
import type { VersionKey } from './key.ts'

const ALLOWED = /^[0-9a-z._+!~:@/ -]+$/
const RUNS = /[0-9]+|[a-z]+/g

/** Words that announce a release, in the order in which they come. */
const BEFORE: Readonly<Record<string, string>> = {
  dev: '0',
  devel: '0',
  snapshot: '0',
  nightly: '0',
  a: '1',
  alpha: '1',
  b: '2',
  beta: '2',
  m: '3',
  milestone: '3',
  c: '4',
  cr: '4',
  rc: '4',
  pre: '4',
  preview: '4',
}
/** Words that say no more than that it is the release. */
const SILENT: ReadonlySet<string> = new Set(['final', 'ga', 'release'])

const RELEASE = '5'
const AFTER = '6'

/**
 * For projects of which nothing is known: numbers count, words like `rc` come before the release, other
 * words (`p1`, `post2`, `sp3`) after it, missing numbers are zero.
 *
 * A key is the numbers up to the first word, the word, the numbers behind it, and so on. Numbers win over
 * words: 1.2rc1 < 1.2 < 1.2p1 < 1.2.1.
 */
export function genericKey(text: string): VersionKey | undefined {
  const lower = text
    .trim()
    .toLowerCase()
    .replace(/^v(?=[0-9])/, '')
  if (!ALLOWED.test(lower)) return undefined
  const [, epoch = '0', rest = ''] = /^(?:([0-9]+)[!:])?(.*)$/.exec(lower) ?? []
  const runs = rest.match(RUNS)
  if (runs === null) return undefined

  let key = number(epoch)
  let numbers: string[] = []
  for (const run of runs) {
    if (/^[0-9]/.test(run)) {
      numbers.push(run)
    } else if (!SILENT.has(run)) {
      key += numbersFilled(numbers) + (BEFORE[run] ?? AFTER + word(run))
      numbers = []
    }
  }
  return asKey(key + numbersFilled(numbers) + RELEASE)
}
