import { chmodSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { AdminClient } from '../keycloak/admin-client.ts'
import { compareRealm } from '../keycloak/compare-realm.ts'
import { configurationText, realmFile, wantedClients, type RealmOptions } from '../keycloak/wanted-realm.ts'
import { printJson, say } from '../output.ts'
import { askForSecret, readStandardInput } from '../read-secret.ts'

interface Options {
  readonly url?: string
  readonly realm: string
  readonly publicUrl: string
  readonly provider: string
  readonly clientId: string
  readonly cliClientId: string
  readonly admin: string
  readonly adminRealm: string
  readonly passwordStdin?: boolean
  readonly secretFile: string
  readonly writeRealm?: string
}

export function keycloakCommand(context: CommandContext): Command {
  const command = new Command('keycloak').description('Keycloak, for people to sign in with')

  withRealm(command.command('setup').description('make a realm ready for Terrarium; what is there stays'))
    .option('--secret-file <file>', 'where the secret of the client is written to', 'terrarium-client-secret')
    .option('--write-realm <file>', 'write the realm to a file for import instead, and ask no Keycloak')
    .action(async (options: Options) => {
      if (options.writeRealm !== undefined) writeRealm(options, options.writeRealm)
      else await setUp(context, options)
    })

  withRealm(
    command.command('doctor').description('name what a realm lacks, and what does not work meanwhile'),
  ).action(async (options: Options) => {
    const admin = await signIn(options)
    const findings: { what: string; consequence: string }[] = []
    for await (const { what, consequence } of compareRealm(admin, realmOptions(options)))
      findings.push({ what, consequence })
    const answering = await checkIssuer(options)
    if (answering !== undefined) findings.push(answering)
    if (context.json()) printJson(findings)
    for (const { what, consequence } of findings) say(`missing: ${what}: ${consequence}`)
    if (findings.length === 0) {
      say(`The realm ${options.realm} has all that Terrarium needs.`)
      return
    }
    throw new Error(
      `the realm ${options.realm} lacks ${findings.length} of what Terrarium needs; "keycloak setup" makes it`,
    )
  })
  return command
}

function withRealm(command: Command): Command {
  return command
    .option('--url <url>', 'address of Keycloak, https://sso.example')
    .option('--realm <name>', 'realm', 'terrarium')
    .requiredOption('--public-url <url>', 'address of Terrarium, as in its configuration')
    .option('--provider <name>', "the provider's name in Terrarium's configuration", 'kc')
    .option('--client-id <id>', 'client of the server', 'terrarium')
    .option('--cli-client-id <id>', 'client of the command line', 'terrarium-cli')
    .option('--admin <name>', 'administrator of Keycloak', 'admin')
    .option('--admin-realm <name>', 'realm of that account', 'master')
    .option('--password-stdin', 'read the password of the administrator from standard input')
}

function realmOptions(options: Options): RealmOptions {
  const { realm, publicUrl, provider, clientId, cliClientId } = options
  if (!URL.canParse(publicUrl)) throw new Error(`--public-url "${publicUrl}" is no address`)
  return { realm, provider, clientId, cliClientId, publicUrl: publicUrl.replace(/\/+$/, '') }
}

function writeRealm(options: Options, file: string): void {
  writeFileSync(file, `${JSON.stringify(realmFile(realmOptions(options)), undefined, 2)}\n`)
  say(
    `The realm ${options.realm} is in ${file}: import it with "kc.sh import --file ${file}" or in the console.`,
  )
  say('Keycloak makes the secret of the client then; "keycloak setup" fetches it.')
}

async function setUp(context: CommandContext, options: Options): Promise<void> {
  const wanted = realmOptions(options)
  const admin = await signIn(options)
  const made: string[] = []
  for await (const { what, mend } of compareRealm(admin, wanted)) {
    await mend()
    made.push(what)
    say(`made: ${what}`)
  }
  const [server] = wantedClients(wanted)
  const client = await admin.findClient(server.clientId)
  if (!client) throw new Error(`the client ${server.clientId} was made and is not there`)
  const secretFile = resolve(options.secretFile)
  writeFileSync(secretFile, `${await admin.readSecret(client.id)}\n`, { mode: 0o600 })
  chmodSync(secretFile, 0o600) // of a file that was there already, too
  const configuration = configurationText({ ...wanted, issuer: issuerOf(options), secretFile })
  if (context.json()) printJson({ made, secret_file: secretFile, configuration })
  else {
    say(made.length === 0 ? `The realm ${wanted.realm} had all that is needed.` : '')
    say(`The secret of the client is in ${secretFile}. For the configuration of Terrarium:\n`)
    process.stdout.write(`${configuration}\n`)
  }
}

async function signIn(options: Options): Promise<AdminClient> {
  const { realm, adminRealm, admin: username } = options
  const password = options.passwordStdin
    ? await readStandardInput()
    : (process.env['KEYCLOAK_PASSWORD'] ?? (await askForSecret(`Password of ${username} in Keycloak: `)))
  return AdminClient.signIn({ url: keycloakUrl(options), realm, adminRealm, username, password })
}

function keycloakUrl({ url }: Options): string {
  if (url !== undefined && URL.canParse(url)) return url.replace(/\/+$/, '')
  throw new Error('give the address of Keycloak with --url, such as https://sso.example')
}

function issuerOf(options: Options): string {
  return `${keycloakUrl(options)}/realms/${options.realm}`
}

/** Behind a proxy Keycloak may call itself something else, and then no token is of the issuer that is expected. */
async function checkIssuer(options: Options): Promise<{ what: string; consequence: string } | undefined> {
  const expected = issuerOf(options)
  const response = await fetch(`${expected}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(60_000),
  })
  if (!response.ok) return { what: 'discovery', consequence: `${expected} answers ${response.status}` }
  const { issuer } = (await response.json()) as { issuer?: unknown }
  if (issuer === expected) return undefined
  return {
    what: `issuer is ${String(issuer)}`,
    consequence: `write it like that in Terrarium's configuration, or set the hostname of Keycloak to ${keycloakUrl(options)}`,
  }
}
