/**
 * A directory that speaks LDAP, in memory, on loopback, which `scripts/prepare-e2e.sh` fetched: people and groups as
 * Active Directory has them.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './keycloak.ts'
import { until } from './terrarium.ts'

const JAR = fileURLToPath(new URL('../../.cache/unboundid-ldapsdk-7.0.3.jar', import.meta.url))
const BASE = 'DC=example'
const READER = `CN=keycloak,OU=Service,${BASE}`
const READER_PASSWORD = 'canary-password-of-the-reader-of-the-directory'

export const hasDirectory = existsSync(JAR)

export class Directory {
  readonly url: string
  readonly readerPassword = READER_PASSWORD
  readonly #folder: string
  readonly #port: number
  readonly #process: ChildProcess

  private constructor(folder: string, port: number, process: ChildProcess) {
    this.url = `ldap://127.0.0.1:${port}`
    this.#folder = folder
    this.#port = port
    this.#process = process
  }

  /** With one person, who is in every group. @param folder for what it reads */
  static async start(
    folder: string,
    person: { name: string; password: string },
    groups: readonly string[],
  ): Promise<Directory> {
    const port = await freePort()
    const file = join(folder, 'directory.ldif')
    writeFileSync(file, entriesOf(person, groups).join('\n\n'))
    const child = spawn(
      'java',
      [
        ...['-cp', JAR, 'com.unboundid.ldap.listener.InMemoryDirectoryServerTool'],
        ...['--baseDN', BASE, '--port', String(port), '--ldifFile', file],
      ],
      { stdio: 'ignore' },
    )
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the directory ended with ${child.exitCode}`)
      return (await answers(port)) ? true : undefined
    })
    return new Directory(folder, port, child)
  }

  async takeOut(person: string, group: string): Promise<void> {
    const file = join(this.#folder, 'change.ldif')
    const change = `dn: CN=${group},OU=Groups,${BASE}\nchangetype: modify\ndelete: member\n`
    writeFileSync(file, `${change}member: CN=${person},OU=People,${BASE}\n`)
    const tool = 'com.unboundid.ldap.sdk.unboundidds.tools.LDAPModify'
    const at = ['--hostname', '127.0.0.1', '--port', String(this.#port), '--ldifFile', file]
    const child = spawn('java', ['-cp', JAR, tool, ...at], { stdio: 'ignore' })
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
    if (code !== 0) throw new Error(`the directory did not take the change: ${code}`)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

function entriesOf(person: { name: string; password: string }, groups: readonly string[]): string[] {
  const member = `CN=${person.name},OU=People,${BASE}`
  return [
    `dn: ${BASE}\nobjectClass: domain\ndc: example`,
    ...['People', 'Groups', 'Service'].map(
      (unit) => `dn: OU=${unit},${BASE}\nobjectClass: organizationalUnit\nou: ${unit}`,
    ),
    `dn: ${READER}\nobjectClass: person\ncn: keycloak\nsn: keycloak\nuserPassword: ${READER_PASSWORD}`,
    [
      `dn: ${member}`,
      ...['person', 'organizationalPerson', 'user'].map((name) => `objectClass: ${name}`),
      ...[`cn: ${person.name}`, `sn: ${person.name}`, `givenName: ${person.name}`],
      ...[`sAMAccountName: ${person.name}`, `mail: ${person.name}@example.org`],
      // 16 bytes, as Active Directory keeps them; 512 is an account that is enabled
      ...['objectGUID:: AAECAwQFBgcICQoLDA0ODw==', 'userAccountControl: 512', 'pwdLastSet: 1'],
      `userPassword: ${person.password}`,
    ].join('\n'),
    ...groups.map(
      (group) => `dn: CN=${group},OU=Groups,${BASE}\nobjectClass: group\ncn: ${group}\nmember: ${member}`,
    ),
  ]
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
