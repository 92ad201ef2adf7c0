import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import { denyWhen, facts, now } from './testing/artifact-facts.ts'

function effectOf(condition: string, licence: string | null, licenceFamily: string | null = null): string {
  return decide(facts({ licence, licenceFamily }), [denyWhen(`{licence: ${condition}}`)], now).effect
}

describe('a licence that is listed', () => {
  test.each<[string, string | null, 'deny' | 'allow']>([
    ['GPL', 'GPL-3.0-only', 'deny'],
    ['GPL', 'GPL-2.0-or-later', 'deny'],
    ['GPL', 'GPL-3.0', 'deny'],
    ['GPL', 'GPLv3+', 'deny'],
    ['GPL', 'GPL (>= 2)', 'deny'],
    ['GPL', 'GPL-2 | GPL-3', 'deny'],
    ['GPL', 'GPL-3.0-only WITH GCC-exception-3.1', 'deny'],
    ['GPL', 'MIT AND GPL-2.0-only', 'deny'],
    ['GPL', 'MIT OR GPL-2.0-only', 'allow'],
    ['GPL', 'GPL-2 | MIT', 'allow'],
    ['GPL', '(MIT OR GPL-2.0-only) AND GPL-3.0-only', 'deny'],
    ['GPL', 'MPLv2.0, GPLv3', 'deny'],
    ['GPL', 'LGPL-3.0-only', 'allow'],
    ['GPL', 'AGPL-3.0-only', 'allow'],
    ['GPL', 'MIT', 'allow'],
    ['GPL', 'some words of our own', 'allow'],
    ['GPL', null, 'allow'],
    ['gpl', 'GPL-3.0-only', 'deny'],
    ['GPL3', 'GPL-3.0-only', 'deny'],
    ['GPL3', 'GPL-2.0-only', 'allow'],
    ['GPL3', 'GPL-2.0-or-later', 'allow'],
    ['[GPL2, GPL3]', 'GPL-2.0-or-later', 'deny'],
    ['[GPL2, GPL3]', 'GPL-2 | GPL-3', 'deny'],
    ['[GPL2, GPL3]', 'GPL', 'deny'],
    ['[GPL, AGPL]', 'GPL-2.0-only OR AGPL-3.0-only', 'deny'],
    ['[GPL, AGPL]', 'GPL-2.0-only OR AGPL-3.0-only OR MIT', 'allow'],
    ['GPL-3.0-only', 'GPL-3.0-only', 'deny'],
    ['GPL-3.0-only', 'GPL-3.0-only WITH GCC-exception-3.1', 'deny'],
    ['GPL-3.0-only WITH GCC-exception-3.1', 'GPL-3.0-only', 'allow'],
    ['GPL-3.0-only', 'GPL-2.0-only', 'allow'],
    ['GPL-2.0-or-later', 'GPL-3.0-only', 'deny'],
    ['MPL-2.0', 'MPL-2.0 AND MIT', 'deny'],
    ['unknown', null, 'deny'],
    ['unknown', 'some words of our own', 'deny'],
    ['unknown', 'MIT', 'allow'],
    ['NONE', null, 'deny'],
    ['NONE', 'some words of our own', 'allow'],
    ['OTHER', 'ISC', 'deny'],
    ['OTHER', 'some words of our own', 'allow'],
    ['public-domain', 'Unlicense', 'deny'],
    ['Public_Domain', 'CC0-1.0', 'deny'],
  ])('%s, given %s: %s', (condition, licence, expected) => {
    expect(effectOf(condition, licence)).toBe(expected)
  })

  test('may be known from the family alone', () => {
    expect(effectOf('GPL', null, 'GPL3')).toBe('deny')
    expect(effectOf('unknown', null, 'GPL3')).toBe('allow')
  })
})

describe('an allow-list', () => {
  test.each<[string, string | null, 'deny' | 'allow']>([
    ['[MIT, BSD]', 'MIT', 'allow'],
    ['[MIT, BSD]', 'BSD', 'allow'],
    ['[MIT, BSD]', 'MIT AND BSD-3-Clause', 'allow'],
    ['[MIT, BSD]', 'MIT AND GPL-2.0-only', 'deny'],
    ['[MIT, BSD]', 'MIT OR GPL-2.0-only', 'allow'],
    ['[MIT, BSD]', 'Apache-2.0', 'deny'],
    ['[MIT, BSD]', 'BSD or GPL 2', 'deny'],
    ['[MIT, BSD]', null, 'deny'],
    ['[MIT, BSD]', 'some words of our own', 'deny'],
    ['[MIT, BSD, OTHER]', 'some words of our own', 'deny'],
    ['[MIT, BSD, unknown]', 'some words of our own', 'allow'],
    ['[MIT, BSD, unknown]', null, 'allow'],
    ['[MIT, NONE]', null, 'allow'],
    ['[MIT, NONE]', 'some words of our own', 'deny'],
    ['[MIT, unknown]', 'some words of our own AND GPL-3.0-only', 'deny'],
    ['[Apache-2.0]', 'Apache-2.0', 'allow'],
    ['[Apache-2.0]', 'Apache-2.0 WITH LLVM-exception', 'deny'],
    ['[Apache-2.0 WITH LLVM-exception]', 'Apache-2.0 WITH LLVM-exception', 'allow'],
    ['[APACHE]', 'Apache-2.0 WITH LLVM-exception', 'allow'],
    ['[GPL2]', 'GPL-2.0-or-later', 'allow'],
    ['[GPL3]', 'GPL-3', 'allow'],
    ['[GPL]', 'GPL-2 | GPL-3', 'allow'],
  ])('%s, given %s: %s', (condition, licence, expected) => {
    expect(effectOf(`{not_in: ${condition}}`, licence)).toBe(expected)
  })
})

describe('the reason', () => {
  test.each<[string, string | null, string]>([
    ['[AGPL, GPL]', 'GPL-3.0-only', 'licence "GPL-3.0-only" comes under GPL'],
    [
      '[AGPL, GPL]',
      'AGPL-3.0-only OR GPL-3.0-only',
      'licence "AGPL-3.0-only OR GPL-3.0-only" comes under AGPL, GPL',
    ],
    ['{not_in: [MIT, BSD]}', 'Apache-2.0', 'licence "Apache-2.0" is not among those allowed (MIT, BSD)'],
    ['{not_in: [MIT, BSD]}', null, 'it states no licence'],
    ['unknown', 'our\u0007own', 'licence "our own" cannot be read'],
  ])('of %s, given %s', (condition, licence, text) => {
    const decision = decide(facts({ licence }), [denyWhen(`{licence: ${condition}}`)], now)
    expect(decision.reasons[0]?.text).toBe(text)
  })

  test('says which family a record without a licence text was given', () => {
    const decision = decide(
      facts({ licence: null, licenceFamily: 'GPL3' }),
      [denyWhen('{licence: GPL}')],
      now,
    )
    expect(decision.reasons[0]?.text).toBe('licence family gpl, gpl3 comes under GPL')
  })
})
