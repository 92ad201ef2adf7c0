import { expect, test } from 'vitest'
import { emptyTokenForm, tokenFault, toNewToken } from './token-form.ts'

test('a token for channels names each with its level, and packages of one by a pattern', () => {
  const form = { ...emptyTokenForm, name: ' ci ', limit: 'channels', level: 'write' } as const
  expect(toNewToken({ ...form, channels: 'team-a, team-b/acme-*, ' })).toEqual({
    name: 'ci',
    days: 90,
    resources: [
      { resource_type: 'channel', resource_id: 'team-a', permission: 'write' },
      { resource_type: 'artifact', resource_id: 'team-b/acme-*', permission: 'write' },
    ],
  })
})

test('what another kind of limit left in the form is not sent', () => {
  const form = { ...emptyTokenForm, name: 'ci', scopes: ['artifact:create'], channels: 'team-a' }
  expect(toNewToken(form)).toEqual({ name: 'ci', days: 90 })
  expect(toNewToken({ ...form, limit: 'scopes' })).toEqual({
    name: 'ci',
    days: 90,
    scopes: ['artifact:create'],
  })
})

test('a token for some things needs one of them', () => {
  expect(tokenFault({ ...emptyTokenForm, limit: 'scopes' })).toMatch(/at least one/)
  expect(tokenFault(emptyTokenForm)).toBeUndefined()
})
