/**
 * What a Keycloak realm has to hold so that people, the command line and groups reach Terrarium. `setup` makes
 * it so, `doctor` names what is missing, `--write-realm` writes it for import: all from this one picture.
 */

export interface RealmOptions {
  readonly realm: string
  /** Of Terrarium, as `public_url` has it. */
  readonly publicUrl: string
  /** The provider's name in Terrarium's configuration. */
  readonly provider: string
  readonly clientId: string
  readonly cliClientId: string
}

export type Representation = Readonly<Record<string, unknown>>

function address(publicUrl: string, path: string): string {
  return `${publicUrl}${path}`
}

export interface WantedClient {
  readonly clientId: string
  readonly settings: Representation
  readonly mappers: readonly (Representation & { readonly name: string })[]
  readonly roles: readonly (Representation & { readonly name: string })[]
}

/** Roles of the client, and the roles of Terrarium that `role_map` gives for them. */
export const clientRoles: Readonly<Record<string, string>> = {
  'terrarium-admin': 'admin',
  'terrarium-curator': 'curator',
  'terrarium-approver': 'approver',
  'terrarium-auditor': 'auditor',
}

/** Of a realm that is new; one that is there keeps its own. */
export function newRealmSettings(options: RealmOptions): Representation {
  return {
    realm: options.realm,
    enabled: true,
    sslRequired: 'external',
    registrationAllowed: false,
    bruteForceProtected: true,
    revokeRefreshToken: false,
  }
}

export function wantedClients(options: RealmOptions): readonly [WantedClient, WantedClient] {
  return [serverClient(options), cliClient(options)]
}

function serverClient({ publicUrl, provider, clientId }: RealmOptions): WantedClient {
  return {
    clientId,
    settings: {
      clientId,
      name: 'Terrarium',
      description: 'The package repository: people sign in with a browser',
      protocol: 'openid-connect',
      enabled: true,
      publicClient: false,
      clientAuthenticatorType: 'client-secret',
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      frontchannelLogout: false,
      redirectUris: [address(publicUrl, `/api/auth/callback/${provider}`)],
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'post.logout.redirect.uris': address(publicUrl, '/'),
        'backchannel.logout.url': address(publicUrl, `/api/auth/backchannel-logout/${provider}`),
        'backchannel.logout.session.required': 'true',
      },
    },
    mappers: mappers(clientId),
    roles: Object.entries(clientRoles).map(([name, role]) => ({
      name,
      description: `The role ${role} of Terrarium`,
    })),
  }
}

function cliClient({ clientId, cliClientId }: RealmOptions): WantedClient {
  return {
    clientId: cliClientId,
    settings: {
      clientId: cliClientId,
      name: 'Terrarium command line',
      description: 'terrarium login: device code, or a browser and loopback',
      protocol: 'openid-connect',
      enabled: true,
      publicClient: true,
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      // any port: Keycloak compares loopback addresses without it
      redirectUris: ['http://127.0.0.1/callback'],
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'oauth2.device.authorization.grant.enabled': 'true',
      },
    },
    mappers: mappers(clientId),
    roles: [],
  }
}

/** Roles are those of the server's client, also in tokens of the command line. */
function mappers(clientId: string): WantedClient['mappers'] {
  const into = { 'id.token.claim': 'true', 'access.token.claim': 'true', 'userinfo.token.claim': 'false' }
  return [
    {
      name: 'groups',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-group-membership-mapper',
      config: { ...into, 'claim.name': 'groups', 'full.path': 'true' },
    },
    {
      name: 'terrarium roles',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-usermodel-client-role-mapper',
      config: {
        ...into,
        'claim.name': 'roles',
        'jsonType.label': 'String',
        multivalued: 'true',
        'usermodel.clientRoleMapping.clientId': clientId,
      },
    },
    {
      name: 'terrarium audience',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: {
        'included.client.audience': clientId,
        'id.token.claim': 'false',
        'access.token.claim': 'true',
      },
    },
  ]
}

/** The realm in the form that Keycloak imports (`kc.sh import`, `--import-realm`, the admin console). */
export function realmFile(options: RealmOptions): Representation {
  const clients = wantedClients(options)
  return {
    ...newRealmSettings(options),
    clients: clients.map(({ settings, mappers: protocolMappers }) => ({ ...settings, protocolMappers })),
    roles: {
      client: Object.fromEntries(
        clients.filter(({ roles }) => roles.length > 0).map(({ clientId, roles }) => [clientId, roles]),
      ),
    },
  }
}

/** The part of Terrarium's configuration that belongs to it. */
export function configurationText(options: RealmOptions & { issuer: string; secretFile: string }): string {
  const roles = Object.entries(clientRoles).map(([name, role]) => `${name}: ${role}`)
  return [
    `public_url: ${options.publicUrl}`,
    'oidc:',
    `  - name: ${options.provider}`,
    '    title: Keycloak',
    `    issuer: ${options.issuer}`,
    `    client_id: ${options.clientId}`,
    `    client_secret_file: ${options.secretFile}`,
    `    cli_client_id: ${options.cliClientId}`,
    "    import_groups: ['*']",
    `    role_map: { ${roles.join(', ')} }`,
  ].join('\n')
}

/** What does not work while a setting is missing, for those whose name does not say so. */
const consequences: Readonly<Record<string, string>> = {
  redirectUris: 'Keycloak refuses to send browsers back ("Invalid parameter: redirect_uri")',
  publicClient: 'the client cannot sign in as Terrarium does it',
  standardFlowEnabled: 'nobody can sign in with a browser',
  implicitFlowEnabled: 'tokens would be put into addresses',
  directAccessGrantsEnabled: 'programs could ask people for their Keycloak password',
  enabled: 'the client is switched off',
  'attributes.pkce.code.challenge.method': 'a stolen code could be redeemed by somebody else',
  'attributes.post.logout.redirect.uris': 'signing out ends on an error page of Keycloak',
  'attributes.backchannel.logout.url':
    'signing out at Keycloak does not reach Terrarium until the next check',
  'attributes.backchannel.logout.session.required': 'logout tokens do not say which session ended',
  'attributes.oauth2.device.authorization.grant.enabled': '"terrarium login --device" is refused',
  groups: 'tokens name no groups, so that nobody is in any',
  'terrarium roles': 'tokens name no roles, so that nobody has any',
  'terrarium audience':
    'access tokens are not for Terrarium: Keycloak never puts the client itself into aud, so that aud is missing or "account"',
}

export function consequenceOf(setting: string): string {
  return consequences[setting] ?? 'it is not as Terrarium needs it'
}
