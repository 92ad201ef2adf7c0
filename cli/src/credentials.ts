/**
 * Where `login` keeps tokens: one file for each person, readable by nobody else, by server address, in the
 * order in which somebody signed in.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

function credentialsFile(environment: Environment): string {
  const base = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
  return join(base, 'terrarium', 'credentials.json')
}

export function readCredential(server: string, environment: Environment): string | undefined {
  return readAll(environment)[server]
}

/** Where somebody signed in last. */
export function lastServer(environment: Environment): string | undefined {
  return Object.keys(readAll(environment)).at(-1)
}

/** The server is the last one from now on. @returns the file it was written to */
export function storeCredential(server: string, token: string, environment: Environment): string {
  const file = credentialsFile(environment)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const others = Object.entries(readAll(environment)).filter(([known]) => known !== server)
  const tokens = Object.fromEntries([...others, [server, token]])
  writeFileSync(file, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600) // of a file that was there already, too
  return file
}

function readAll(environment: Environment): Record<string, string> {
  let text: string
  try {
    text = readFileSync(credentialsFile(environment), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
  return JSON.parse(text) as Record<string, string> // only storeCredential writes the file
}
