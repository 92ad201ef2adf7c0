/** The command line. One file for each command: its arguments, one call of the client, one way to print. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { AddressError, Client, chooseServer, ConnectionError, ServerError } from './client.ts'
import type { CommandContext } from './command-context.ts'
import { acceptInvitationCommand } from './commands/accept-invitation.ts'
import { auditCommand } from './commands/audit.ts'
import { groupCommand } from './commands/group.ts'
import { rightsCommand } from './commands/rights.ts'
import { roleCommand } from './commands/role.ts'
import { serviceAccountCommand } from './commands/service-account.ts'
import { shareCommand } from './commands/share.ts'
import { tokenCommand } from './commands/token.ts'
import { trustCommand } from './commands/trust.ts'
import { userCommand } from './commands/user.ts'
import { attestationCommand } from './commands/attestation.ts'
import { advisoriesCommand } from './commands/advisories.ts'
import { channelCommand } from './commands/channel.ts'
import { cvesCommand } from './commands/cves.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { gcCommand } from './commands/gc.ts'
import { exceptionCommand } from './commands/exception.ts'
import { keyCommand } from './commands/key.ts'
import { keycloakCommand } from './commands/keycloak.ts'
import { identityCommand } from './commands/identity.ts'
import { loginCommand } from './commands/login.ts'
import { mirrorCommand } from './commands/mirror.ts'
import { noticeCommand } from './commands/notice.ts'
import { oidcCommand } from './commands/oidc.ts'
import { policyCommand } from './commands/policy.ts'
import { revisionCommand } from './commands/revision.ts'
import { sourceCommand } from './commands/source.ts'
import { uploadCommand } from './commands/upload.ts'
import { whyCommand } from './commands/why.ts'
import { printJson, say } from './output.ts'

/** 0 done, 1 refused or failed, 2 wrong usage, 3 nothing answered; docs/CLI.md. */
const EXIT = { failed: 1, usage: 2, unreachable: 3 } as const

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('terrarium')
  .version(version)
  .description('A package repository for conda with security governance')
  .addOption(new Option('--server <url>', 'address of the server (TERRARIUM_SERVER)'))
  .addOption(new Option('--token <token>', 'token to sign in with (TERRARIUM_TOKEN)'))
  .option('--json', "print the API's own answer")
  .showHelpAfterError('(run with --help to see what there is)')
  .configureHelp({ sortSubcommands: true })
  .addHelpText(
    'after',
    '\nOn the machine of the server: terrarium serve | migrate | fsck | reset-password | make-admin | create-token | cve-truth',
  )
  .exitOverride()

const context: CommandContext = {
  client: () => new Client(chooseServer(program.opts(), process.env)),
  json: () => program.opts<{ json?: boolean }>().json === true,
}

for (const make of [
  demoCommand,
  loginCommand,
  channelCommand,
  revisionCommand,
  uploadCommand,
  mirrorCommand,
  noticeCommand,
  doctorCommand,
  gcCommand,
  policyCommand,
  keyCommand,
  attestationCommand,
  exceptionCommand,
  advisoriesCommand,
  sourceCommand,
  cvesCommand,
  identityCommand,
  whyCommand,
  acceptInvitationCommand,
  auditCommand,
  groupCommand,
  keycloakCommand,
  oidcCommand,
  rightsCommand,
  roleCommand,
  serviceAccountCommand,
  shareCommand,
  tokenCommand,
  trustCommand,
  userCommand,
]) {
  program.addCommand(overrideExit(make(context)))
}

// whoever reads only the first lines has had what they wanted
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  say(`terrarium: the result cannot be written: ${error.message}`)
  process.exit(EXIT.failed)
})

try {
  await program.parseAsync(process.argv)
} catch (error) {
  process.exitCode = report(error)
}

/** With all below it: a command that Commander ends by itself ends with 1, whatever was wrong. */
function overrideExit(command: Command): Command {
  for (const child of command.commands) overrideExit(child)
  return command.exitOverride()
}

function report(error: unknown): number {
  if (error instanceof ServerError) {
    if (context.json()) printJson(error.body)
    say(`terrarium: ${error.message} (${error.code})`)
    if (error.status === 401) say('Sign in with "terrarium login", or give --token.')
    return EXIT.failed
  }
  if (error instanceof AddressError) {
    say(`terrarium: ${error.message}`)
    return EXIT.usage
  }
  if (error instanceof ConnectionError) {
    say(`terrarium: ${error.message}`)
    return EXIT.unreachable
  }
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    return 'exitCode' in error && error.exitCode === 0 ? 0 : EXIT.usage
  }
  say(`terrarium: ${error instanceof Error ? error.message : String(error)}`)
  return EXIT.failed
}
