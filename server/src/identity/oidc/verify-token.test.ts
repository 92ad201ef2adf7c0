/**
 * Forged tokens, and good ones that are not for us: every one of them is refused (T-OIDC-01 and on). Each case is a
 * good token with one thing changed; that the unchanged one is accepted is the first test of each kind.
 */
import { createHmac } from 'node:crypto'
import {
  base64url,
  createLocalJWKSet,
  exportSPKI,
  SignJWT,
  type CryptoKey,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import { makeKey } from './testing/small-provider.ts'
import { unverifiedIssuer, verifyIdToken, verifyJobToken, verifyLogoutToken } from './verify-token.ts'

const ISSUER = 'https://sso.example/realms/terrarium'
const NOW = new Date('2026-11-25T12:00:00Z')
const SECONDS = NOW.getTime() / 1000
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

type Key = Awaited<ReturnType<typeof makeKey>>
let own: Key
let second: Key
let elliptic: Key
let foreign: Key
let publicPem: string

beforeAll(async () => {
  own = await makeKey('RS256', 'key-1')
  second = await makeKey('RS256', 'key-2')
  elliptic = await makeKey('ES256', 'key-3')
  foreign = await makeKey('RS256', 'key-1') // claims the same name
  publicPem = await exportSPKI(own.publicKey)
})

interface Forgery {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: () => CryptoKey
  /** What is done with the text of the token. */
  readonly bend?: (token: string) => string
}

async function make(good: JWTPayload, { claims, header, key, bend }: Forgery): Promise<Secret> {
  const payload = Object.fromEntries(
    Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined),
  )
  const protectedHeader = Object.fromEntries(
    Object.entries({ alg: 'RS256', kid: 'key-1', typ: 'JWT', ...header }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as JWTHeaderParameters
  const token = await new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key?.() ?? own.privateKey)
  return new Secret(bend?.(token) ?? token)
}

/** The parts of a token, decoded, changed and put together again with its old signature. */
function rewrite(
  token: string,
  change: { header?: object; claims?: object; signature?: (input: string) => string },
): string {
  const [header = '', body = '', signature = ''] = token.split('.')
  const decode = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString()) as object
  const encode = (value: object): string => base64url.encode(JSON.stringify(value))
  const input = `${encode({ ...decode(header), ...change.header })}.${encode({ ...decode(body), ...change.claims })}`
  return `${input}.${change.signature?.(input) ?? signature}`
}

const hmac = (key: string) => (input: string) => createHmac('sha256', key).update(input).digest('base64url')

const rules = (keys: Key[] = [own, second, elliptic]) => ({
  keys: createLocalJWKSet({ keys: keys.map(({ jwk }) => jwk) }),
  issuer: ISSUER,
  audience: 'terrarium',
  now: NOW,
  maxAgeSeconds: 600,
})

/** What makes any signed token a wrong one. */
const forgeries: readonly (readonly [string, Forgery])[] = [
  [
    'no signature, alg none',
    { bend: (token) => rewrite(token, { header: { alg: 'none' }, signature: () => '' }) },
  ],
  ['alg None', { bend: (token) => rewrite(token, { header: { alg: 'None' }, signature: () => '' }) }],
  ['alg nOnE', { bend: (token) => rewrite(token, { header: { alg: 'nOnE' }, signature: () => '' }) }],
  ['alg none with the old signature', { bend: (token) => rewrite(token, { header: { alg: 'none' } }) }],
  [
    'HS256 with the public key as secret',
    { bend: (token) => rewrite(token, { header: { alg: 'HS256' }, signature: hmac(publicPem) }) },
  ],
  [
    'HS256 with the client secret',
    { bend: (token) => rewrite(token, { header: { alg: 'HS256' }, signature: hmac('client secret') }) },
  ],
  [
    'HS256 with an empty secret',
    { bend: (token) => rewrite(token, { header: { alg: 'HS256' }, signature: hmac('') }) },
  ],
  ['another alg than the key’s', { bend: (token) => rewrite(token, { header: { alg: 'ES256' } }) }],
  ['PS256 in the header of RS256', { bend: (token) => rewrite(token, { header: { alg: 'PS256' } }) }],
  ['an alg that is a number', { bend: (token) => rewrite(token, { header: { alg: 1 } }) }],
  ['no alg', { bend: (token) => rewrite(token, { header: { alg: undefined } }) }],
  ['a key of somebody else under our kid', { key: () => foreign.privateKey }],
  ['a kid that there is not', { header: { kid: 'key-9' } }],
  ['no kid where there are several keys', { header: { kid: undefined } }],
  ['the kid of another key', { header: { kid: 'key-2' } }],
  ['a kid that is a path', { header: { kid: '../../../../dev/null' } }],
  ['a kid that is SQL', { header: { kid: "key-1' or '1'='1" } }],
  [
    'its own key in jwk',
    { key: () => foreign.privateKey, header: { jwk: { kty: 'RSA', n: 'x', e: 'AQAB' } } },
  ],
  ['its own key in jku', { key: () => foreign.privateKey, header: { jku: 'https://evil.test/keys' } }],
  ['its own key in x5u', { key: () => foreign.privateKey, header: { x5u: 'https://evil.test/cert' } }],
  ['its own key in x5c', { key: () => foreign.privateKey, header: { x5c: ['MIIB'] } }],
  [
    'an extension that has to be understood',
    { bend: (token) => rewrite(token, { header: { crit: ['exp'] } }) },
  ],
  ['b64 false', { bend: (token) => rewrite(token, { header: { b64: false, crit: ['b64'] } }) }],
  [
    'changed claims under the old signature',
    { bend: (token) => rewrite(token, { claims: { sub: 'admin' } }) },
  ],
  [
    'a signature with a letter changed',
    { bend: (token) => token.slice(0, -10) + (token.at(-10) === 'A' ? 'B' : 'A') + token.slice(-9) },
  ],
  ['a signature cut short', { bend: (token) => token.slice(0, -8) }],
  ['no signature at all', { bend: (token) => token.slice(0, token.lastIndexOf('.') + 1) }],
  ['two parts', { bend: (token) => token.slice(0, token.lastIndexOf('.')) }],
  ['four parts', { bend: (token) => `${token}.x` }],
  ['five parts, as if encrypted', { bend: (token) => `${token}.x.y` }],
  ['nothing', { bend: () => '' }],
  ['no base64', { bend: () => '!!!.???.###' }],
  ['a body that is no JSON', { bend: (token) => token.replace(/\.[^.]+\./, `.${base64url.encode('x')}.`) }],
  ['a body that is a list', { bend: (token) => token.replace(/\.[^.]+\./, `.${base64url.encode('[]')}.`) }],
  ['a token that is too long', { claims: { padding: 'x'.repeat(20_000) } }],
  ['another issuer', { claims: { iss: 'https://evil.test' } }],
  ['the issuer with a slash at its end', { claims: { iss: `${ISSUER}/` } }],
  ['the issuer in capitals', { claims: { iss: ISSUER.toUpperCase() } }],
  ['another realm of the issuer', { claims: { iss: 'https://sso.example/realms/master' } }],
  ['issuers in a list', { claims: { iss: [ISSUER] } }],
  ['no issuer', { claims: { iss: undefined } }],
  ['another audience', { claims: { aud: 'account' } }],
  ['an audience that begins like ours', { claims: { aud: 'terrarium-other' } }],
  ['an audience in capitals', { claims: { aud: 'Terrarium' } }],
  ['other audiences in a list', { claims: { aud: ['account', 'broker'] } }],
  ['no audience', { claims: { aud: undefined } }],
  ['an empty list of audiences', { claims: { aud: [] } }],
  ['an end that is over', { claims: { exp: SECONDS - 61 } }],
  ['an end in 1970', { claims: { exp: 1 } }],
  ['an end that is a text', { claims: { exp: String(SECONDS + 300) } }],
  ['no end', { claims: { exp: undefined } }],
  ['a beginning that is to come', { claims: { nbf: SECONDS + 61 } }],
  ['signed in the future', { claims: { iat: SECONDS + 61 } }],
  ['signed too long ago', { claims: { iat: SECONDS - 661 } }],
  ['no time of signing', { claims: { iat: undefined } }],
  ['a time of signing that is a text', { claims: { iat: 'now' } }],
  ['typ of an access token', { header: { typ: 'at+jwt' } }],
  ['typ of a key proof', { header: { typ: 'dpop+jwt' } }],
  ['a typ that is unknown', { header: { typ: 'secevent+jwt' } }],
]

/** A good token with one thing changed, each refused with the same code. */
function refusesAll(
  kinds: readonly (readonly [string, Forgery])[],
  good: JWTPayload,
  verify: (token: Secret) => Promise<unknown>,
): void {
  test('the good one is accepted', async () => {
    await expect(verify(await make(good, {}))).resolves.toBeDefined()
  })
  test.each(kinds)('%s', async (_what, forgery) => {
    const token = await make(good, forgery)
    await expect(verify(token)).rejects.toMatchObject({ code: 'invalid-assertion' })
    // what is said about it goes to logs and to whoever sent it
    const said = await verify(token).catch((error: unknown) => String(error))
    expect(token.reveal().length > 20 && String(said).includes(token.reveal())).toBe(false)
  })
}

describe('an ID token', () => {
  const good = {
    iss: ISSUER,
    sub: 'b7f1',
    aud: 'terrarium',
    azp: 'terrarium',
    nonce: 'of-this-sign-in',
    iat: SECONDS,
    exp: SECONDS + 300,
  }
  const verify = (token: Secret) => verifyIdToken(token, { ...rules(), nonce: 'of-this-sign-in' })

  refusesAll(
    [
      ...forgeries,
      ['another nonce', { claims: { nonce: 'of-another' } }],
      ['no nonce', { claims: { nonce: undefined } }],
      ['nonces in a list', { claims: { nonce: ['of-this-sign-in'] } }],
      ['another party', { claims: { azp: 'somebody-else' } }],
      ['another party although it is for us', { claims: { aud: ['terrarium', 'x'], azp: 'x' } }],
      ['several audiences and no party', { claims: { aud: ['terrarium', 'x'], azp: undefined } }],
      ['no subject', { claims: { sub: undefined } }],
      ['an empty subject', { claims: { sub: '' } }],
      ['a subject that is a number', { claims: { sub: 7 } }],
      ['a subject that is too long', { claims: { sub: 'x'.repeat(256) } }],
      ['Keycloak’s access token', { claims: { typ: 'Bearer' } }],
      ['Keycloak’s refresh token', { claims: { typ: 'Refresh' } }],
      ['a logout token', { claims: { events: { [EVENT]: {} }, nonce: undefined } }],
      ['a logout token with a nonce', { claims: { events: { [EVENT]: {} } } }],
      ['typ of a logout token', { header: { typ: 'logout+jwt' } }],
    ],
    good,
    verify,
  )

  test.each([
    ['a clock that is 59 s off', { claims: { exp: SECONDS - 59 } }],
    ['an audience in a list', { claims: { aud: ['terrarium'] } }],
    ['several audiences and our name as party', { claims: { aud: ['terrarium', 'x'] } }],
    ['another key of the issuer', { header: { kid: 'key-2' }, key: () => second.privateKey }],
    ['ES256', { header: { kid: 'key-3', alg: 'ES256' }, key: () => elliptic.privateKey }],
  ])('is accepted with %s', async (_what, forgery: Forgery) => {
    await expect(verify(await make(good, forgery))).resolves.toMatchObject({ sub: 'b7f1' })
  })

  test('of a key that was taken back is refused', async () => {
    const token = await make(good, {})
    await expect(
      verifyIdToken(token, { ...rules([second]), nonce: 'of-this-sign-in' }),
    ).rejects.toMatchObject({ code: 'invalid-assertion' })
  })
})

describe('a logout token', () => {
  const good = {
    iss: ISSUER,
    aud: 'terrarium',
    sub: 'b7f1',
    sid: 's-1',
    jti: 'j-1',
    events: { [EVENT]: {} },
    iat: SECONDS,
    exp: SECONDS + 120,
  }
  refusesAll(
    [
      ...forgeries,
      ['a nonce, as an ID token has', { claims: { nonce: 'x' } }],
      ['no events', { claims: { events: undefined } }],
      ['another event', { claims: { events: { 'http://schemas.openid.net/event/other': {} } } }],
      ['an event that is no object', { claims: { events: { [EVENT]: true } } }],
      ['events in a list', { claims: { events: [EVENT] } }],
      ['neither subject nor session', { claims: { sub: undefined, sid: undefined } }],
      ['a session that is a number', { claims: { sid: 1 } }],
      ['no id', { claims: { jti: undefined } }],
    ],
    good,
    (token) => verifyLogoutToken(token, rules()),
  )
  test.each([[{ sub: undefined }], [{ sid: undefined }]])('is accepted with %j', async (claims) => {
    const token = await make(good, { claims, header: { typ: 'logout+jwt' } })
    await expect(verifyLogoutToken(token, rules())).resolves.toBeDefined()
  })
})

describe('a token of a CI job', () => {
  const good = {
    iss: ISSUER,
    aud: 'terrarium',
    sub: 'repo:acme/tools:ref:refs/heads/main',
    iat: SECONDS,
    nbf: SECONDS,
    exp: SECONDS + 300,
  }
  refusesAll(
    [
      ...forgeries,
      ['another audience beside ours', { claims: { aud: ['terrarium', 'evil.test'] } }],
      ['a logout token', { claims: { events: { [EVENT]: {} } } }],
      ['no subject', { claims: { sub: undefined } }],
    ],
    good,
    (token) => verifyJobToken(token, rules()),
  )
})

test.each(['', 'a', 'a.b', 'a.b.c', `a.${base64url.encode('[]')}.c`, `a.${base64url.encode('{"iss":1}')}.c`])(
  'no issuer is read from %j',
  (text) => {
    expect(() => unverifiedIssuer(new Secret(text))).toThrow(
      expect.objectContaining({ code: 'invalid-assertion' }) as Error,
    )
  },
)
