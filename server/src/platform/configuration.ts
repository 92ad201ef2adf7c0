/**
 * The one place where configuration is read: a file, then `TERRARIUM_*` variables, then the command
 * line, each overriding the one before, parsed by one schema into one frozen object. A wrong value
 * stops the start; the message names every fault, never a value (it might be a secret).
 *
 * docs/OPERATIONS.md is made from the descriptions below (scripts/write-operations-table.ts).
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse as parseYaml, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { AppError } from '../vocabulary/errors.ts'
import { oidcProvidersSchema } from './oidc-settings.ts'
import { Secret } from './secret.ts'
import { errorText } from './text.ts'

/** A list of things with keys in a file, or the same as one text of JSON in a variable. */
function fromJson<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value) as unknown
    } catch {
      // without the cause: it quotes the text, and with it a secret
      context.addIssue({ code: 'custom', message: 'must be JSON' })
      return z.NEVER
    }
  }, schema)
}

/** A list in a file, or one text with commas in a variable. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean)
        : value,
    z.array(item),
  )
}

function wholeNumber(min: number, max: number) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`
  return z.number(`must be a whole number ${range}`).int().min(min).max(max)
}

/** `mirror.example:8443`, `10.0.0.7:80` or `[fd00::7]:80`. */
const hostAndPort = z.string().regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+):\d{1,5}$/, 'must be host:port')

/** An address that carries a password: wrapped as soon as it is read, so that nothing can print it. */
const databaseAddress = z
  .string()
  .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres://')
  .refine((address) => URL.canParse(address), 'is no address')
  .transform((address) => new Secret(address))

export const configurationSchema = z
  .object({
    data: z
      .string()
      .min(1)
      .default('terrarium-data')
      .describe('Folder that holds the database and the blobs. Made when it is not there.'),
    database: databaseAddress
      .optional()
      .describe(
        'PostgreSQL instead of the embedded database: postgres://user:password@host/name. Name it in a file or a ' +
          'variable: a command line is seen by everybody on the machine. Several servers may share one.',
      ),
    database_connections: wholeNumber(2, 500)
      .default(10)
      .describe('Connections to PostgreSQL that a server opens at the most.'),
    blobs: z
      .string()
      .regex(/^s3:\/\/[a-z0-9.-]{3,63}(?:\/[\w./-]*)?$/, 'must be s3://bucket or s3://bucket/prefix')
      .optional()
      .describe(
        'Bucket for packages and index files, s3://bucket/prefix. Without it they are in the data folder.',
      ),
    s3_endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of a store that speaks like S3. Without it Amazon’s.'),
    s3_region: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
    s3_access_key: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Access key of the bucket. Without it AWS variables, files and the role of the machine are tried.',
      ),
    s3_secret_key: z
      .string()
      .min(1)
      .transform((key) => new Secret(key))
      .optional()
      .describe('The secret to `s3_access_key`.'),
    s3_redirect_seconds: wholeNumber(0, 604_800)
      .default(0)
      .describe(
        'Clients are sent to the bucket for packages, with an address that works so long; 0 sends the bytes from here.',
      ),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on; 0.0.0.0 for every interface.'),
    port: wholeNumber(0, 65535).default(8080).describe('Port to listen on; 0 takes any free one.'),
    reuse_port: z
      .stringbool()
      .or(z.boolean())
      .default(false)
      .describe(
        'Lets several servers of this machine listen on one port; the system spreads clients over them.',
      ),
    tls_certificate: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the certificate of the server and those above it, PEM. With one the server speaks HTTPS, HTTP/2 ' +
          'and HTTP/1.1 as clients choose; without one HTTP/1.1 alone, and a proxy in front does the rest.',
      ),
    tls_key: z.string().min(1).optional().describe('File with the key to `tls_certificate`, PEM.'),
    public_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address that people and clients use, when a proxy stands in front.'),
    log_level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('How much is logged. Logs are JSON lines on standard error.'),
    admin_password: z
      .string()
      .min(12)
      .optional()
      .describe('Password of the first administrator. Without it one is made and printed once.'),
    secret_key_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the keys that seal stored secrets. Without it `secret.key` in the data folder, made at the ' +
          'first start. Several nodes need the same file.',
      ),
    trusted_proxies: listOf(
      z.string().regex(/^[0-9A-Fa-f.:]+(?:\/\d{1,3})?$/, 'must be an address or a range'),
    )
      .default([])
      .describe(
        'Addresses or ranges of proxies in front, whose `X-Forwarded-*` headers are believed. Nobody else can ' +
          'say where a request comes from.',
      ),
    session_hours: wholeNumber(1, 24 * 90)
      .default(24)
      .describe('After how many hours somebody has to sign in again, whatever happens.'),
    session_idle_minutes: wholeNumber(5, 60 * 24 * 90)
      .default(480)
      .describe('After how many minutes without a request a session ends.'),
    token_max_days: wholeNumber(1, 3660).default(366).describe('How many days a token may live at most.'),
    oidc: fromJson(oidcProvidersSchema)
      .default([])
      .describe(
        'Identity providers that people sign in with, a list; as JSON in a variable. docs/KEYCLOAK.md says what ' +
          'each holds. Needs `public_url`.',
      ),
    oidc_confirm_days: wholeNumber(1, 3650)
      .default(30)
      .describe(
        'How many days what a provider said of somebody (groups, roles) stands without it saying so again: for ' +
          'tokens of those who do not sign in any more.',
      ),
    sign_ins_per_minute: wholeNumber(0, 1_000_000)
      .default(30)
      .describe('Attempts to sign in from one address; 0 for no limit. Accounts are locked besides.'),
    requests_per_minute: wholeNumber(0, 10_000_000)
      .default(6000)
      .describe(
        'Requests of one account, or of one address without an account; 0 for no limit. Files that package ' +
          'clients fetch do not count.',
      ),
    unknown_tokens_per_minute: wholeNumber(0, 1_000_000)
      .default(600)
      .describe(
        'Different tokens that are none, from one address; 0 for no limit. The same one again does not count.',
      ),
    audit_export_folder: z
      .string()
      .min(1)
      .regex(/^(?!s3:)|^s3:\/\/[a-z0-9.-]{3,63}(?:\/[\w./-]*)?$/, 'must be a folder, or s3://bucket/prefix')
      .optional()
      .describe(
        'Folder, or s3://bucket/prefix, that new audit events are written to on a schedule. Without it they ' +
          'are not. A bucket is reached with `s3_endpoint`, `s3_region` and the keys of S3.',
      ),
    audit_export_cron: z
      .string()
      .min(1)
      .default('0 * * * *')
      .describe('When audit events are written there, in UTC, as cron has it.'),
    audit_export_format: z
      .enum(['jsonl', 'csv'])
      .default('jsonl')
      .describe('How audit events are written there.'),
    audit_stream: z
      .url({ protocol: /^(?:syslog\+udp|syslog\+tcp|syslog\+tls|https?)$/ })
      .optional()
      .describe(
        'Where audit events are sent as they happen: `syslog+tls://host:6514`, `syslog+tcp://`, ' +
          '`syslog+udp://`, or the address of an OTLP/HTTP receiver, `http://host:4318/v1/logs`.',
      ),
    mirror_folders: listOf(z.string().min(1))
      .default([])
      .describe('Folders below which a mirror may read an upstream channel from disk. None by default.'),
    advisories_folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder that files of advisories, KEV and EPSS are taken from, on a network without a way out. A file whose ' +
          'name fits a source is imported and moved to `done` or `refused` in it.',
      ),
    nvd_api_key: z
      .string()
      .min(1)
      .transform((key) => new Secret(key))
      .optional()
      .describe('Key of the NVD, with which its interface may be asked more often.'),
    outbound_private: listOf(hostAndPort)
      .default([])
      .describe(
        'host:port of upstreams and sources in private networks that may be reached. Public addresses need no entry; ' +
          'link-local and metadata addresses are never reached.',
      ),
    curation_trusted_authors: listOf(z.string().min(1).max(500))
      .default([])
      .describe(
        'Authors of VEX documents whose statements act at once, as the documents spell them; `Anaconda` for curated ' +
          'statuses of its server. What others say waits for a curator.',
      ),
    curation_second_approver_score: z.coerce
      .number()
      .min(0)
      .max(10)
      .default(9)
      .describe(
        'From which score on it takes a second person to say that a vulnerability is mitigated, cleared or disputed ' +
          'in a file. What CISA lists as exploited always takes one.',
      ),
    max_upload_bytes: wholeNumber(1, Number.MAX_SAFE_INTEGER)
      .default(4 * 1024 ** 3)
      .describe('Largest package that may be uploaded or mirrored.'),
    mirror_downloads: wholeNumber(1, 64)
      .default(16)
      .describe('Files a mirror run downloads at the same time.'),
    keep_revisions_days: wholeNumber(7, 36_500)
      .default(90)
      .describe(
        'Days a revision of a channel is kept after another took its place; a channel can say otherwise.',
      ),
    collect_after_hours: wholeNumber(1, 8_760)
      .default(24)
      .describe(
        'How long bytes stay that nothing names any more; longer than any upload or mirror run takes.',
      ),
    metrics_open_to: listOf(
      z.union(
        [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
        'must be an address or a range such as 10.0.0.0/8',
      ),
    )
      .default([])
      .describe(
        'Addresses or ranges that may read `/metrics` without a token. Behind a proxy that is not in ' +
          '`trusted_proxies` everybody has the address of the proxy.',
      ),
    body_patience_seconds: wholeNumber(1, 86_400)
      .default(60)
      .describe(
        'How many seconds the body of a request may take, on top of one for each 8 KiB that came; slower ones are ' +
          'refused with 408.',
      ),
    check_every_hours: wholeNumber(0, 8_760)
      .default(24)
      .describe(
        'Hours between two light checks of the storage, which believe what blobs are called; 0 for none.',
      ),
    deep_check_every_days: wholeNumber(0, 365)
      .default(7)
      .describe('Days between two deep checks of the storage, which read every blob; 0 for none.'),
    check_mb_per_second: wholeNumber(1, 100_000)
      .default(50)
      .describe('How much a deep check reads in a second at the most, in MB, so that clients have the disk.'),
    shutdown_ms: wholeNumber(0, 600_000)
      .default(8_000)
      .describe('How long a stop waits for requests and jobs under way, in milliseconds.'),
  })
  .strict()
  .refine(({ oidc, public_url: publicUrl }) => oidc.length === 0 || publicUrl !== undefined, {
    path: ['public_url'],
    message: 'is needed with oidc: providers send browsers back to it',
  })
  .refine(
    ({ tls_certificate: certificate, tls_key: key }) => (certificate === undefined) === (key === undefined),
    {
      path: ['tls_key'],
      message: 'and tls_certificate are needed together',
    },
  )

export type Configuration = Readonly<z.infer<typeof configurationSchema>>

const numberKeys: ReadonlySet<string> = new Set(
  Object.entries(configurationSchema.shape)
    .filter(([, schema]) => schema instanceof z.ZodDefault && schema.unwrap() instanceof z.ZodNumber)
    .map(([key]) => key),
)

const VARIABLE_PREFIX = 'TERRARIUM_'
/** Variables of the command line client, which share the prefix and are not the server's. */
const CLIENT_VARIABLES = new Set([
  'TERRARIUM_CONFIG',
  'TERRARIUM_SERVER',
  'TERRARIUM_TOKEN',
  'TERRARIUM_ID_TOKEN',
])

export interface ConfigurationSources {
  readonly file?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly arguments: Readonly<Record<string, unknown>>
}

/** @throws AppError invalid-configuration, naming every fault on a line of its own */
export function readConfiguration(sources: ConfigurationSources): Configuration {
  const file = sources.file ?? sources.environment['TERRARIUM_CONFIG']
  const merged = {
    ...(file ? readFile(file) : {}),
    ...fromEnvironment(sources.environment),
    ...withoutUndefined(sources.arguments),
  }
  const result = configurationSchema.safeParse(withNumbers(merged))
  if (!result.success) {
    const faults = result.error.issues.flatMap(faultTexts)
    throw new AppError('invalid-configuration', `the configuration has faults:\n${faults.join('\n')}`)
  }
  return Object.freeze({
    ...result.data,
    data: resolve(result.data.data),
    ...(result.data.advisories_folder !== undefined && {
      advisories_folder: resolve(result.data.advisories_folder),
    }),
    mirror_folders: result.data.mirror_folders.map((folder) => resolve(folder)),
  })
}

function readFile(path: string): Record<string, unknown> {
  const parsed = parseFile(path, readText(path))
  if (parsed === null || parsed === undefined) return {}
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new AppError('invalid-configuration', `the configuration file ${path} must hold keys and values`)
  }
  return { ...parsed }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError(
      'invalid-configuration',
      `cannot read the configuration file ${path}: ${errorText(cause)}`,
      {
        cause,
      },
    )
  }
}

function parseFile(path: string, text: string): unknown {
  try {
    return parseYaml(text, { prettyErrors: false, logLevel: 'error' }) as unknown
  } catch (error) {
    // neither its words nor the cause: both can hold a line of the file, and with it a password
    const at =
      error instanceof YAMLParseError ? ` (line ${text.slice(0, error.pos[0]).split('\n').length})` : ''
    throw new AppError('invalid-configuration', `the configuration file ${path} is no YAML${at}`)
  }
}

function fromEnvironment(environment: ConfigurationSources['environment']): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(VARIABLE_PREFIX) || CLIENT_VARIABLES.has(name)) continue
    if (value === undefined || value === '') continue // an empty variable is one that was not set
    found[name.slice(VARIABLE_PREFIX.length).toLowerCase()] = value
  }
  return found
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Variables and the command line hold texts only: digits become a number where a key wants one. */
function withNumbers(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) =>
      numberKeys.has(key) && typeof value === 'string' && /^\d{1,15}$/.test(value)
        ? [key, Number(value)]
        : [key, value],
    ),
  )
}

function faultTexts(issue: z.core.$ZodIssue): string[] {
  const line = (key: string, text: string): string =>
    `  ${key} (${VARIABLE_PREFIX}${key.toUpperCase()}): ${text}`
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(configurationSchema.shape).join(', ')
    return [...issue.keys.map((key) => line(key, 'no such key')), `  known keys are ${known}`]
  }
  return [line(issue.path.join('.') || 'configuration', issue.message)]
}
