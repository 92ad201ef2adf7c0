import { describe, expect, test } from 'vitest'
import { bytesSource } from './byte-source.ts'
import { inspectPackage } from './inspect-package.ts'
import { InvalidPackageError, invalidPackageCodes } from './invalid-package-error.ts'
import { refusalCases } from './refusal-cases.ts'

async function refusalOf(filename: string, bytes: Uint8Array, limits = {}): Promise<InvalidPackageError> {
  try {
    await inspectPackage(bytesSource(bytes), { filename, limits })
  } catch (error) {
    if (error instanceof InvalidPackageError) return error
    throw error
  }
  throw new Error('accepted')
}

describe('an archive is refused that has', () => {
  test.each(refusalCases)('$name: $code', async ({ code, filename, bytes, limits }) => {
    const refusal = await refusalOf(filename, await bytes(), limits)

    expect(refusal.message).not.toBe('')
    expect(`${refusal.code}: ${refusal.message}`).toMatch(new RegExp(`^${code}: `))
  })
})

test('every refusal code has a case', () => {
  const tried = new Set(refusalCases.map((refusal) => refusal.code))

  expect(invalidPackageCodes.filter((code) => !tried.has(code))).toEqual([])
})

test('a refusal names the member and its value on one line', async () => {
  const refusal = refusalCases.find(({ name }) => name === 'a path with ..')

  const { member, message } = await refusalOf(refusal!.filename, await refusal!.bytes())

  expect(member).toBe('lib/../../etc/passwd')
  expect(message).toBe('"lib/../../etc/passwd" has the part ".."')
})
