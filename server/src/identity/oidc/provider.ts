/**
 * One identity provider: what it says about itself, its keys, and the messages it is sent. What it says is asked
 * for when it is first needed and again every hour, so that the server starts, and goes on, without it.
 */
import { readFileSync } from 'node:fs'
import { createRemoteJWKSet, customFetch as jwksFetch, type JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { oidcProviderSchema, type OidcSettings } from '../../platform/oidc-settings.ts'
import { hostAndPort, OutboundClient } from '../../platform/outbound/outbound-client.ts'
import { outboundFetch, type OutboundFetch } from '../../platform/outbound/outbound-fetch.ts'
import { Secret } from '../../platform/secret.ts'
import { errorText } from '../../platform/text.ts'
import { AppError } from '../../vocabulary/errors.ts'

const TIMEOUT_MS = 10_000
const CONNECTIONS = 8
const MAX_ISSUERS = 100
const MAX_ANSWER_BYTES = 1024 * 1024
const DISCOVERY_MS = 3600 * 1000
/** Unknown keys make the key set be read again, no more often than this. */
const KEYS_COOLDOWN_MS = 5_000
const KEYS_MAX_AGE_MS = 10 * 60 * 1000

interface Discovered {
  readonly configuration: oidc.Configuration
  readonly keys: JWTVerifyGetKey
  readonly readAtMs: number
}

export class Provider {
  readonly settings: OidcSettings
  readonly #fetch: OutboundFetch
  readonly #secret: Secret | undefined
  #discovered: Discovered | undefined
  #discovering: Promise<Discovered> | undefined

  /** @throws AppError invalid-configuration */
  constructor(settings: OidcSettings, outbound: OutboundClient) {
    this.settings = settings
    this.#fetch = outboundFetch(outbound, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES })
    this.#secret = settings.client_secret ?? readSecret(settings)
  }

  /** @throws AppError provider-unreachable */
  async configuration(): Promise<oidc.Configuration> {
    return (await this.#discover()).configuration
  }

  /** @throws AppError provider-unreachable, also later, when a key is looked for */
  async keys(): Promise<JWTVerifyGetKey> {
    const { keys } = await this.#discover()
    return async (header, token) => {
      try {
        return await keys(header, token)
      } catch (error) {
        throw isOwnFault(error) ? error : this.unreachable(error)
      }
    }
  }

  /** Runs an exchange with the provider and says it in one way when it cannot be reached. */
  async ask<Answer>(exchange: (configuration: oidc.Configuration) => Promise<Answer>): Promise<Answer> {
    const configuration = await this.configuration()
    try {
      return await exchange(configuration)
    } catch (error) {
      if (isUnreachable(error)) throw this.unreachable(error)
      throw error
    }
  }

  unreachable(cause: unknown): AppError {
    return new AppError(
      'provider-unreachable',
      `${this.settings.title} cannot be reached: nobody can sign in with it until it answers again`,
      { cause },
    )
  }

  async #discover(): Promise<Discovered> {
    const found = this.#discovered
    if (found && performance.now() - found.readAtMs < DISCOVERY_MS) return found
    try {
      return await (this.#discovering ??= this.#read().finally(() => (this.#discovering = undefined)))
    } catch (error) {
      if (found) return found // what it said an hour ago is as good as it gets
      throw this.unreachable(error)
    }
  }

  async #read(): Promise<Discovered> {
    const { issuer, client_id: clientId } = this.settings
    const authentication = this.#secret ? oidc.ClientSecretBasic(this.#secret.reveal()) : oidc.None()
    // within this machine alone (oidc-settings.ts), where there is no network to listen on
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const execute = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []
    const configuration = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
      execute,
      timeout: TIMEOUT_MS / 1000,
      [oidc.customFetch]: this.#fetch,
    })
    const { jwks_uri: keysAddress } = configuration.serverMetadata()
    if (keysAddress === undefined) throw new Error(`${issuer} names no jwks_uri`)
    const keys = createRemoteJWKSet(new URL(keysAddress), {
      cooldownDuration: KEYS_COOLDOWN_MS,
      cacheMaxAge: KEYS_MAX_AGE_MS,
      timeoutDuration: TIMEOUT_MS,
      [jwksFetch]: this.#fetch,
    })
    this.#discovered = { configuration, keys, readAtMs: performance.now() }
    return this.#discovered
  }
}

function readSecret({ name, client_secret_file: file }: OidcSettings): Secret | undefined {
  if (file === undefined) return undefined
  try {
    return new Secret(readFileSync(file, 'utf8').trim())
  } catch (cause) {
    throw new AppError(
      'invalid-configuration',
      `cannot read the client secret of the provider ${name}, ${file}: ${errorText(cause)}`,
      { cause },
    )
  }
}

/** Of a token, not of the way to the keys. */
function isOwnFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    code.startsWith('ERR_JWKS_NO') ||
    code.startsWith('ERR_JWKS_MULTIPLE') ||
    code === 'ERR_JOSE_NOT_SUPPORTED'
  )
}

/** Nothing answered, or somebody else did: a provider that is down, or a proxy in front of one. */
function isUnreachable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AppError) return true
    if (at instanceof DOMException && at.name === 'TimeoutError') return true
    if (at instanceof oidc.ResponseBodyError) return at.status >= 500
    if (at instanceof oidc.ClientError && at.cause instanceof Response) return at.cause.status >= 500
  }
  return false
}

/** All of the configuration, by name; they share one way out. */
export class Providers {
  readonly all: readonly Provider[]
  readonly #outbound: OutboundClient
  readonly #issuers = new Map<string, Provider>()

  constructor(settings: readonly OidcSettings[], outbound: OutboundClient) {
    this.#outbound = outbound
    this.all = settings.map((one) => new Provider(one, outbound))
  }

  /** The first without a name. @throws AppError not-found */
  get(name: string | undefined): Provider {
    const found = name === undefined ? this.all[0] : this.all.find(({ settings }) => settings.name === name)
    if (found) return found
    throw new AppError(
      'not-found',
      name === undefined ? 'no identity provider is configured' : `there is no identity provider ${name}`,
    )
  }

  ofIssuer(issuer: string): Provider | undefined {
    return this.all.find(({ settings }) => settings.issuer === issuer)
  }

  /** Keys of any issuer that an operator or a rule of a channel trusts. */
  keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.ofIssuer(issuer)
    if (known) return known.keys()
    let found = this.#issuers.get(issuer)
    if (!found) {
      if (this.#issuers.size >= MAX_ISSUERS) this.#issuers.clear()
      found = new Provider(
        oidcProviderSchema.parse({ name: 'trusted', title: issuer, issuer, client_id: 'none' }),
        this.#outbound,
      )
      this.#issuers.set(issuer, found)
    }
    return found.keys()
  }

  close(): Promise<void> {
    return this.#outbound.close()
  }
}

/**
 * The providers of a configuration. Naming one there is what allows it to be in a private network; addresses
 * that it leads to on another host have to be public, or in `outbound_private`.
 * @throws AppError invalid-configuration
 */
export function openProviders(configuration: {
  readonly oidc: readonly OidcSettings[]
  readonly outbound_private: readonly string[]
}): Providers {
  const issuers = configuration.oidc.map(({ issuer }) => hostAndPort(new URL(issuer)))
  const outbound = new OutboundClient({
    allowedPrivate: [...configuration.outbound_private, ...issuers],
    connections: CONNECTIONS,
  })
  return new Providers(configuration.oidc, outbound)
}
