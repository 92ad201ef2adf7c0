import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseServer } from './client.ts'
import { storeCredential } from './credentials.ts'

const A = 'https://a.example'
const B = 'https://b.example'
let home: string
let environment: Record<string, string>

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'terrarium-cli-'))
  environment = { XDG_CONFIG_HOME: home }
})
afterEach(() => rmSync(home, { recursive: true }))

describe('chooseServer', () => {
  test('of somebody who never signed in takes the local one', () => {
    expect(chooseServer({}, environment)).toEqual({ server: 'http://127.0.0.1:8080', token: undefined })
  })

  test('takes the server of the last login, also when an earlier one is signed in to again', () => {
    storeCredential(A, 'token-a', environment)
    storeCredential(B, 'token-b', environment)
    expect(chooseServer({}, environment)).toEqual({ server: B, token: 'token-b' })
    storeCredential(A, 'token-c', environment)
    expect(chooseServer({}, environment)).toEqual({ server: A, token: 'token-c' })
    expect(chooseServer({ server: `${B}/` }, environment)).toEqual({ server: B, token: 'token-b' })
  })

  test('refuses what is no address', () => {
    expect(() => chooseServer({ server: 'tools.example' }, environment)).toThrow(/no address of a server/)
  })

  test('prefers what is named: the option, then the environment', () => {
    storeCredential(A, 'token-a', environment)
    storeCredential(B, 'token-b', environment)
    const named = { ...environment, TERRARIUM_SERVER: A }
    expect(chooseServer({}, named)).toEqual({ server: A, token: 'token-a' })
    expect(chooseServer({ server: B }, named)).toEqual({ server: B, token: 'token-b' })
  })

  test('sends a named token nowhere but to a named server or the local one', () => {
    storeCredential(A, 'token-a', environment)
    const local = 'http://127.0.0.1:8080'
    expect(chooseServer({ token: 'mine' }, environment)).toEqual({ server: local, token: 'mine' })
    expect(chooseServer({}, { ...environment, TERRARIUM_TOKEN: 'mine' })).toEqual({
      server: local,
      token: 'mine',
    })
    expect(chooseServer({ server: B, token: 'mine' }, environment)).toEqual({ server: B, token: 'mine' })
  })

  test('the file of tokens is for its owner alone', () => {
    const file = storeCredential(A, 'token-a', environment)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ [A]: 'token-a' })
  })
})
