import { asKey, END, number, numbersFilled, word } from './key.ts'
import type { VersionKey } from './key.ts'

const PEP440 =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?([-_.]?dev[-_.]?([0-9]*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/

const PRE_RELEASES: Readonly<Record<string, string>> = {
  alpha: 'a',
  a: 'a',
  beta: 'b',
  b: 'b',
  preview: 'r',
  pre: 'r',
  c: 'r',
  rc: 'r',
}
const LOWEST = '!'
const HIGHEST = '~'

/**
 * Python's order, with every spelling PEP 440 lets pass (`1.0-RC1`, `v1.0.rev2`).
 *
 * @see PEP 440, "Summary of permitted suffixes and relative ordering"
 */
export function pep440Key(text: string): VersionKey | undefined {
  const match = PEP440.exec(text.trim().toLowerCase())
  if (match === null) return undefined
  const [, epoch, release = '', preWord, preNumber, dashPost, postWord, postNumber, dev, devNumber, local] =
    match
  const isPost = dashPost !== undefined || postWord !== undefined

  let pre = HIGHEST
  if (preWord !== undefined) pre = (PRE_RELEASES[preWord] ?? '') + number(preNumber || '0')
  // 1.0.dev1 comes before 1.0a1, but 1.0.post1.dev1 after 1.0.
  else if (dev !== undefined && !isPost) pre = LOWEST
  const post = isPost ? `p${number(dashPost ?? (postNumber || '0'))}` : LOWEST
  const development = dev === undefined ? HIGHEST : `d${number(devNumber || '0')}`
  return asKey(
    number(epoch ?? '0') + numbersFilled(release.split('.')) + pre + post + development + localKey(local),
  )
}

/** Words are below numbers, and none at all is below both. */
function localKey(local: string | undefined): string {
  if (local === undefined) return END
  return local
    .split(/[-_.]/)
    .map((part) => (/^[0-9]+$/.test(part) ? `n${number(part)}` : `a${word(part)}`))
    .concat(END)
    .join('')
}
