import { expect, test } from 'vitest'
import {
  emptyTrustRuleForm,
  readTriedClaims,
  toTrustRuleChange,
  toTrustRuleForm,
  withSystem,
} from './trust-rule-form.ts'

const form = {
  ...emptyTrustRuleForm,
  name: 'tools',
  claims: 'repository = acme/tools\n\nsub=a=b',
  patterns: ' acme-*,',
}

test('lines are claims with patterns, and a known CI system gives the issuer', () => {
  expect(toTrustRuleChange(form)).toEqual({
    issuer: 'https://token.actions.githubusercontent.com',
    claims: { repository: 'acme/tools', sub: 'a=b' },
    name_patterns: ['acme-*'],
  })
  const other = { ...form, system: 'other', issuer: ' https://ci.test ', patterns: '' }
  expect(toTrustRuleChange(other)).toMatchObject({ issuer: 'https://ci.test', name_patterns: null })
})

test('a line that is no claim, and a claim in two lines, are named', () => {
  expect(() => toTrustRuleChange({ ...form, claims: 'acme/tools' })).toThrow(
    '“acme/tools” is not claim=pattern',
  )
  expect(() => toTrustRuleChange({ ...form, claims: 'ref=a\nref=b' })).toThrow('ref stands in two lines')
})

test('a rule comes back from its form as it was', () => {
  const rule = {
    ...{ id: '1', name: 'tools', account_id: '2', audience: null, created_at: '', last_used_at: null },
    ...{ issuer: 'https://ci.test', claims: { sub: 'a=b', ref: 'x*' }, name_patterns: ['a', 'b-*'] },
  }
  const { issuer, claims, name_patterns: patterns } = rule
  expect(toTrustRuleChange(toTrustRuleForm(rule))).toEqual({ issuer, claims, name_patterns: patterns })
})

test('another CI system brings its claims, and leaves those that somebody wrote', () => {
  expect(withSystem(emptyTrustRuleForm, 'gitlab').claims).toContain('project_path=')
  expect(withSystem(form, 'gitlab').claims).toBe(form.claims)
})

test('claims to try come as JSON or inside a token', () => {
  const claims = { iss: 'https://ci.test', sub: 'repo:größe/tools' }
  const token = ['{"alg":"RS256"}', JSON.stringify(claims), 'x'].map((part) =>
    Buffer.from(part).toString('base64url'),
  )
  expect(readTriedClaims(` ${token.join('.')}\n`)).toEqual(claims)
  expect(readTriedClaims(JSON.stringify(claims))).toEqual(claims)
  for (const wrong of ['', 'a.b.c', '[]', 'null', '"x"', 'repository=acme/tools'])
    expect(() => readTriedClaims(wrong)).toThrow(/claims/)
})
