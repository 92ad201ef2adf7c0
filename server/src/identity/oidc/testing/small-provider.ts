/**
 * An identity provider on loopback, for tests: it answers as OpenID Connect says, signs whatever claims it is told
 * to, changes its keys, takes refresh tokens back and goes down. It asks nobody for a password.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request as outgoing } from 'undici'
import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

export const CLIENT_ID = 'terrarium'
export const CLI_CLIENT_ID = 'terrarium-cli'
export const CLIENT_SECRET = 'canary-client-secret-of-the-server'

interface Key {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

interface Grant {
  readonly subject: string
  readonly nonce: string | undefined
  readonly challenge: string
  readonly redirectUri: string
  readonly sid: string
}

/** What people type in for a program. */
export const USER_CODE = 'CNRY-USRC'

export class SmallProvider {
  readonly issuer: string
  key: Key
  keys: Key[]
  /** Claims of everybody who signs in, by subject. */
  readonly people = new Map<string, JWTPayload>()
  /** Who is at the browser. */
  subject = 'ann'
  /** Merged over what an ID token would hold. */
  tamper: JWTPayload = {}
  /** Everything that was given out and is nobody else's to see. */
  readonly secrets: string[] = [CLIENT_SECRET]
  keyReads = 0
  isDown = false
  readonly #server: Server
  readonly #codes = new Map<string, Grant>()
  readonly #refresh = new Map<string, Grant>()
  readonly #devices = new Set<string>()

  private constructor(server: Server, key: Key) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`
    this.key = key
    this.keys = [key]
  }

  static async start(): Promise<SmallProvider> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const provider = new SmallProvider(server, await makeKey('RS256'))
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      provider.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error))
      })
    })
    return provider
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async rotateKeys(): Promise<void> {
    this.key = await makeKey('RS256')
    this.keys = [this.key]
  }

  /** What the provider forgets when somebody is disabled or signed out there. */
  revokeRefreshTokens(): void {
    this.#refresh.clear()
  }

  async sign(claims: JWTPayload, options: { typ?: string; key?: Key } = {}): Promise<string> {
    const { kid, privateKey } = options.key ?? this.key
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid, typ: options.typ ?? 'JWT' })
      .sign(privateKey)
  }

  idClaims(subject: string, audience: string = CLIENT_ID): JWTPayload {
    const now = Math.floor(Date.now() / 1000)
    return {
      iss: this.issuer,
      sub: subject,
      aud: audience,
      azp: audience,
      typ: 'ID',
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
      ...this.people.get(subject),
    }
  }

  logoutClaims(claims: JWTPayload): JWTPayload {
    const now = Math.floor(Date.now() / 1000)
    return {
      iss: this.issuer,
      aud: CLIENT_ID,
      iat: now,
      exp: now + 120,
      jti: randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      ...claims,
    }
  }

  /** What a browser does at the provider: it goes there and comes back. @returns the callback's address */
  async visit(address: string): Promise<URL> {
    const { statusCode, headers, body } = await outgoing(address)
    await body.dump()
    const { location } = headers
    if (typeof location !== 'string') throw new Error(`the provider answers ${statusCode}`)
    return new URL(location)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer)
    if (this.isDown) {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>bad gateway</h1>')
      return
    }
    switch (url.pathname) {
      case '/realm/.well-known/openid-configuration':
        send(response, 200, this.#metadata())
        return
      case '/realm/keys':
        this.keyReads += 1
        send(response, 200, { keys: this.keys.map(({ jwk }) => jwk) })
        return
      case '/realm/authorize':
        this.#authorize(url.searchParams, response)
        return
      case '/realm/device':
        this.#device(response)
        return
      case '/realm/token':
        return this.#token(request, response)
      default:
        send(response, 404, { error: 'not_found' })
    }
  }

  #metadata(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      device_authorization_endpoint: `${this.issuer}/device`,
      end_session_endpoint: `${this.issuer}/logout`,
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID()
    const redirectUri = query.get('redirect_uri') ?? ''
    this.#codes.set(code, {
      subject: this.subject,
      nonce: query.get('nonce') ?? undefined,
      challenge: query.get('code_challenge') ?? '',
      redirectUri,
      sid: `sid-of-${this.subject}`,
    })
    this.secrets.push(code)
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    back.searchParams.set('iss', this.issuer)
    response.writeHead(302, { location: back.href }).end()
  }

  /** For programs: whoever is at the browser agrees at once. */
  #device(response: ServerResponse): void {
    const code = `canary-device-${randomUUID()}`
    this.#devices.add(code)
    this.secrets.push(code)
    send(response, 200, {
      device_code: code,
      user_code: USER_CODE,
      verification_uri: `${this.issuer}/type-it-here`,
      expires_in: 300,
      interval: 1,
    })
  }

  async #deviceToken(code: string, response: ServerResponse): Promise<void> {
    if (!this.#devices.delete(code)) {
      send(response, 400, { error: 'invalid_grant' })
      return
    }
    const idToken = await this.sign(this.idClaims(this.subject, CLI_CLIENT_ID))
    const accessToken = `canary-access-${randomUUID()}`
    this.secrets.push(idToken, accessToken)
    send(response, 200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken,
    })
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await readText(request))
    const deviceCode = form.get('device_code')
    if (deviceCode !== null) return this.#deviceToken(deviceCode, response)
    const basic = request.headers.authorization?.replace('Basic ', '') ?? ''
    // encoded as in a form (RFC 6749, 2.3.1)
    const client = decodeURIComponent(Buffer.from(basic, 'base64').toString())
    if (client !== `${CLIENT_ID}:${CLIENT_SECRET}`) {
      send(response, 401, { error: 'invalid_client' })
      return
    }
    const grant = await this.#redeem(form)
    if (!grant) {
      send(response, 400, { error: 'invalid_grant' })
      return
    }
    const idToken = await this.sign({
      ...this.idClaims(grant.subject),
      ...(grant.nonce !== undefined && { nonce: grant.nonce }),
      sid: grant.sid,
      ...this.tamper,
    })
    const refreshToken = `canary-refresh-${randomUUID()}`
    this.#refresh.set(refreshToken, { ...grant, nonce: undefined })
    const accessToken = `canary-access-${randomUUID()}`
    this.secrets.push(idToken, refreshToken, accessToken)
    send(response, 200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken,
      refresh_token: refreshToken,
    })
  }

  async #redeem(form: URLSearchParams): Promise<Grant | undefined> {
    if (form.get('grant_type') === 'refresh_token') {
      const grant = this.#refresh.get(form.get('refresh_token') ?? '')
      this.#refresh.delete(form.get('refresh_token') ?? '')
      return grant
    }
    const grant = this.#codes.get(form.get('code') ?? '')
    this.#codes.delete(form.get('code') ?? '')
    const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
    const digest = await crypto.subtle.digest('SHA-256', verifier)
    const fits =
      grant?.challenge === Buffer.from(digest).toString('base64url') &&
      grant.redirectUri === form.get('redirect_uri')
    return fits ? grant : undefined
  }
}

export async function makeKey(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string = randomUUID()): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
