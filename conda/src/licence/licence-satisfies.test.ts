import { describe, expect, test } from 'vitest'
import { InvalidAllowedLicenceError, licenceSatisfies } from './licence-satisfies.ts'

describe('licenceSatisfies', () => {
  test.each([
    ['MIT', ['MIT', 'ISC']],
    ['mit', ['MIT']],
    ['GPL-2.0-only OR MIT', ['MIT']],
    ['MIT AND (ISC OR GPL-3.0-only)', ['MIT', 'ISC']],
    ['GPL-3.0-only', ['GPL-2.0-or-later']],
    ['GPL-2.0-or-later', ['GPL-3.0-only']],
    ['GPL-2.0', ['GPL-2.0-only']],
    ['Apache-2.0 WITH LLVM-exception', ['Apache-2.0 WITH LLVM-exception']],
    ['LicenseRef-House', ['LicenseRef-House']],
  ])('%s is satisfied by %j', (expression, allowed) => {
    expect(licenceSatisfies(expression, allowed)).toBe(true)
  })

  test.each([
    ['GPL-2.0-only AND MIT', ['MIT']],
    ['GPL-1.0-only', ['GPL-2.0-or-later']],
    ['GPL-3.0-or-later', ['GPL-2.0-only']],
    ['Apache-2.0 WITH LLVM-exception', ['Apache-2.0']],
    ['GPL-3.0-only', ['LGPL-3.0-or-later']],
    // Eight letters: the library alone would read "or later" into it.
    ['EUPL-1.1', ['EUPL-1.2']],
    ['BSD', ['BSD-3-Clause']],
    ['LicenseRef-GPL-2.0-or-later', ['GPL-2.0-or-later']],
    ['LicenseRef-GPL-2.0-or-later WITH Classpath-exception-2.0', ['GPL-2.0-or-later']],
    ['MIT', []],
  ])('%s is not satisfied by %j', (expression, allowed) => {
    expect(licenceSatisfies(expression, allowed)).toBe(false)
  })

  test.each(['MIT OR ISC', 'BSD', ''])('%j is no entry of a list', (entry) => {
    expect(() => licenceSatisfies('MIT', [entry])).toThrow(InvalidAllowedLicenceError)
  })

  test('many choices do not multiply', () => {
    const expression = Array.from({ length: 50 }, () => '(MIT OR ISC)').join(' AND ')
    expect(licenceSatisfies(expression, ['ISC'])).toBe(true)
  })
})
