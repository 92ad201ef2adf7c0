/**
 * A PostgreSQL of our own for a while: made in a temporary folder, on a free port of loopback, and gone with
 * its folder at the end. For tests and benchmarks only: `trust` lets everybody on the machine in.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

const DEBIAN = '/usr/lib/postgresql'
const START_DEADLINE_MS = 60_000

/** A folder in memory: copying the template of a test's database takes a twentieth of the time it takes on a disk. */
const IN_MEMORY = '/dev/shm'
const IN_MEMORY_NEEDS = 2 ** 31 // bytes

export interface PrivatePostgres {
  /** Address of a database to connect to for making others. */
  readonly url: string
  stop(): Promise<void>
}

/** @param durable whether commits reach the disk, as they do in production; tests have no use for that */
export async function startPostgres(options: { durable: boolean }): Promise<PrivatePostgres> {
  const programs = findPrograms()
  const owner = findOwner()
  const folder = mkdtempSync(join(options.durable ? tmpdir() : findFastFolder(), 'terrarium-postgres-'))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const port = await freePort()
  const data = join(folder, 'data')
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'terrarium', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], ...owner },
  )
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=256MB',
    'log_min_messages=fatal',
    'log_min_error_statement=panic',
    ...(options.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ]
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], ...owner },
  )
  const stop = async (): Promise<void> => {
    if (server.exitCode === null) {
      server.kill('SIGINT') // ends connections, then itself
      await once(server, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(programs, port, server)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `postgres://terrarium@127.0.0.1:${port}/postgres`, stop }
}

/** Where `initdb` and `postgres` are, or why there can be no such server here. */
function findPrograms(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    process.env['POSTGRES_BIN'] ?? '',
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ]
  const found = folders.find((folder) => folder && existsSync(join(folder, 'initdb')))
  if (found) return found
  throw new Error(
    'there is no PostgreSQL server here: install the Debian package "postgresql", or set POSTGRES_BIN to the folder of initdb',
  )
}

function findFastFolder(): string {
  if (!existsSync(IN_MEMORY)) return tmpdir()
  const { bavail, bsize } = statfsSync(IN_MEMORY)
  return bavail * bsize >= IN_MEMORY_NEEDS ? IN_MEMORY : tmpdir()
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function findOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP socket has one
  probe.close()
  await once(probe, 'close')
  return port
}

async function untilReady(programs: string, port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at once with ${server.exitCode}`)
    try {
      execFileSync(join(programs, 'pg_isready'), [
        '-q',
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'terrarium',
        '-d',
        'postgres',
      ])
      return
    } catch (error) {
      if (Date.now() > deadline) throw new Error('PostgreSQL did not start within a minute', { cause: error })
      await wait(50)
    }
  }
}
