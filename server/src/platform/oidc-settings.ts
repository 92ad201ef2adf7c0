/** An identity provider, as the configuration names it (configuration.ts, docs/KEYCLOAK.md). */
import { z } from 'zod'
import { Secret } from './secret.ts'

const pattern = z.string().min(1).max(200)
const claim = z.string().min(1).max(200)

/** Over https, so that keys and codes are nobody else's; http only within this machine. */
export const issuerAddress = z.url({ protocol: /^https?$/ }).refine((address) => {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}, 'must begin with https://')

export const oidcProviderSchema = z.strictObject({
  /** In addresses: the callback is /api/auth/callback/NAME. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'has a-z, 0-9 and "-", and starts with a letter')
    .default('kc'),
  /** What the button says after "Sign in with". */
  title: z.string().min(1).max(60).default('single sign-on'),
  issuer: issuerAddress,
  client_id: z.string().min(1).max(200),
  client_secret: z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .optional(),
  client_secret_file: z.string().min(1).optional(),
  /** A public client with device grant and loopback redirect, for `terrarium login`. */
  cli_client_id: z.string().min(1).max(200).optional(),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/)).default(['openid', 'profile', 'email']),
  username_claim: claim.default('preferred_username'),
  groups_claim: claim.default('groups'),
  /** Values of the claim that become groups of the same name; none by default. */
  import_groups: z.array(pattern).max(100).default([]),
  group_map: z.record(z.string().max(300), z.string().max(100)).default({}),
  roles_claim: claim.default('roles'),
  role_map: z.record(z.string().max(300), z.string().max(100)).default({}),
  /** Makes an account for whoever signs in for the first time. */
  create_accounts: z.boolean().default(true),
  /** How often a session is checked with the provider. */
  recheck_seconds: z.number().int().min(5).max(86_400).default(300),
})

export type OidcSettings = z.output<typeof oidcProviderSchema>

export const oidcProvidersSchema = z
  .array(oidcProviderSchema)
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two providers have one name')
  .refine(
    (all) => new Set(all.map(({ issuer: address }) => address)).size === all.length,
    'two providers have one issuer',
  )
