/**
 * The executable: reads argv and configuration, builds the parts, starts a verb. Everything else is made by
 * the functions called here, which tests call too.
 */
import { parseArgs } from 'node:util'
import { createTokenForUser, makeAdministrator, resetPassword } from './identity/accounts.ts'
import { configurationSchema, readConfiguration, type Configuration } from './platform/configuration.ts'
import { databaseFile, openDatabase, type Db } from './platform/database/db.ts'
import { migrate } from './platform/database/migrate.ts'
import { openLog } from './platform/log.ts'
import { migrations } from './db/migrations.ts'
import { runFsck } from './doctor/fsck-verb.ts'
import { RELEASE } from './release.ts'
import { startServer } from './start-server.ts'
import { AppError } from './vocabulary/errors.ts'
import { CVE_TRUTH_USAGE, runCveTruth } from './vulnerabilities/truth/cve-truth-verb.ts'
import { existsSync } from 'node:fs'

const USAGE = `Usage: terrarium <verb> [options]

  serve                      start the server
  migrate                    bring the database of a data folder up to this release
  fsck [--quick] [--repair] [--format text|json]
                             check a stopped server's data folder: database, blobs and indexes against each other
  reset-password NAME        give a built-in account a new password, printed once
  make-admin NAME            break glass: give an account, made if it has to be, the role admin and a new
                             password, printed once
  cve-truth FILE             measure the vulnerability matcher on labelled rows; needs no data folder
  create-token NAME          make a token for a built-in account, printed once

Options of every verb: --config FILE, and each configuration key as --key (docs/OPERATIONS.md),
such as --data FOLDER, --port N, --host ADDRESS. Variables TERRARIUM_* do the same.`

async function main(argv: readonly string[]): Promise<void> {
  const [verb, ...rest] = argv
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`${verb === 'cve-truth' ? CVE_TRUTH_USAGE : USAGE}\n`)
    return
  }
  switch (verb) {
    case 'serve':
      return serve(readOptions(rest, 0).configuration)
    case 'migrate':
      return withDatabase(readOptions(rest, 0).configuration, async () => {
        process.stdout.write('the database is up to date\n')
      })
    case 'fsck':
      return fsck(rest)
    case 'cve-truth':
      return runCveTruth(rest, (text) => void process.stdout.write(`${text}\n`))
    case 'reset-password': {
      const { configuration, name = 'admin' } = readOptions(rest, 1)
      return withDatabase(configuration, async (db) => {
        const password = await resetPassword(db, name, new Date())
        process.stdout.write(`${password.reveal()}\n`)
      })
    }
    case 'make-admin': {
      const { configuration, name = 'admin' } = readOptions(rest, 1)
      return withDatabase(configuration, async (db) => {
        const { password, isNew } = await makeAdministrator(db, name, new Date())
        process.stderr.write(`${name} is an administrator${isNew ? ', a new account' : ''}; the password:\n`)
        process.stdout.write(`${password.reveal()}\n`)
      })
    }
    case 'create-token': {
      const { configuration, name = 'admin' } = readOptions(rest, 1)
      return withDatabase(configuration, async (db) => {
        const token = await createTokenForUser(db, name, { name: 'command line', days: 90 }, new Date())
        process.stdout.write(`${token.secret.reveal()}\n`)
      })
    }
    case undefined:
    case '--help':
    case '-h':
      process.stdout.write(`${USAGE}\n`)
      return
    default:
      throw new AppError('bad-request', `there is no verb "${verb}"\n\n${USAGE}`)
  }
}

/**
 * `--key value` for every configuration key; keys are spelled with hyphens on the command line. What stands there
 * besides is a name, for verbs that take one.
 */
function readOptions(
  argv: readonly string[],
  mostNames: 0 | 1,
): { configuration: Configuration; name: string | undefined } {
  const keys = Object.keys(configurationSchema.shape)
  const options = Object.fromEntries(
    ['config', ...keys].map((key) => [key.replaceAll('_', '-'), { type: 'string' as const }]),
  )
  // not strict: an option that does not exist is a fault like the others, listed with them
  const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false })
  const { config, ...values } = parsed.values
  const configuration = readConfiguration({
    file: typeof config === 'string' ? config : undefined,
    environment: process.env,
    arguments: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name.replaceAll('-', '_'), value]),
    ),
  })
  const extra = parsed.positionals[mostNames]
  if (extra !== undefined) throw new AppError('invalid-configuration', `"${extra}" is one word too many`)
  return { configuration, name: parsed.positionals[0] }
}

async function serve(configuration: Configuration): Promise<void> {
  const log = openLog(configuration.log_level)
  const server = await startServer(configuration, log)
  const stop = (signal: string): void => {
    log.info(`${signal}: finishing what is under way`)
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', () => stop('SIGTERM'))
  if (process.channel) {
    // started by the launcher under an older Node: when that is killed, nobody could stop this process
    process.once('disconnect', () => stop('the launcher is gone'))
    process.channel.unref()
  }
  process.once('SIGINT', () => stop('SIGINT'))
  if (server.firstPassword) {
    process.stdout.write(
      `\nFirst start: the administrator is "admin", password ${server.firstPassword.reveal()}\n` +
        'It is shown this once; "terrarium reset-password" makes a new one.\n\n',
    )
  }
  process.stdout.write(`Terrarium ${RELEASE} at ${server.url} (data in ${configuration.data})\n`)
}

/** Ends with a sum of bits that says what kinds of faults there are; docs/CLI.md. */
async function fsck(argv: readonly string[]): Promise<void> {
  const flags = new Set(['--quick', '--json', '--repair'])
  // `--format json` as other checkers of file systems have it
  const format = argv.indexOf('--format')
  const words = format < 0 ? argv : argv.toSpliced(format, 2)
  const form = format < 0 ? 'text' : argv[format + 1]
  if (form !== 'text' && form !== 'json')
    throw new AppError('invalid-configuration', `--format is text or json, not "${form ?? ''}"`)
  const { configuration } = readOptions(
    words.filter((word) => !flags.has(word)),
    0,
  )
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  let isShown = false
  const clear = (): void => {
    if (isShown) process.stderr.write('\r\u001b[2K')
    isShown = false
  }
  process.exitCode = await runFsck(
    {
      configuration,
      quick: argv.includes('--quick'),
      json: argv.includes('--json') || form === 'json',
      repair: argv.includes('--repair'),
      signal: stop.signal,
    },
    {
      line: (text) => {
        clear()
        process.stdout.write(`${text}\n`)
      },
      error: (text) => {
        clear()
        process.stderr.write(`${text}\n`)
      },
      progress: (text) => {
        if (!process.stderr.isTTY) return
        clear()
        process.stderr.write(text)
        isShown = true
      },
    },
  )
  clear()
}

async function withDatabase(configuration: Configuration, work: (db: Db) => Promise<void>): Promise<void> {
  if (!configuration.database && !existsSync(databaseFile(configuration.data)))
    throw new AppError('not-found', `there is no database in ${configuration.data}`)
  const db = await openDatabase(configuration)
  try {
    await migrate(db, migrations)
    await work(db)
  } finally {
    await db.destroy()
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof AppError) process.stderr.write(`terrarium: ${error.message}\n`)
  else
    process.stderr.write(
      `terrarium: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
  process.exit(error instanceof AppError && error.code === 'invalid-configuration' ? 2 : 1)
})
