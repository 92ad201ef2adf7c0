/** Where the tests of random damage keep their world: in a data folder, or in PostgreSQL and a bucket. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import S3rver from 's3rver'
import type { TestAppOptions } from '../../testing/test-app.ts'
import { databaseOf, onServer, testServer } from '../../testing/test-database.ts'
import { postgresRows, sqliteRows, type Files, type Rows } from './random-damage.ts'

export interface DamagedPlace {
  readonly data: string
  /** For an app that works on it. */
  readonly options: TestAppOptions & { readonly folder: string }
  readonly files: Files
  onRows<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  /** Remembers all as it is now. */
  keep(): Promise<void>
  /** Makes all as it was then. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** SQLite and a folder. */
export class EmbeddedPlace implements DamagedPlace {
  readonly #root = mkdtempSync(join(tmpdir(), 'terrarium-damage-'))
  readonly #folder = join(this.#root, 'run')
  readonly data = join(this.#folder, 'data')
  readonly options = { folder: this.#folder, embedded: true }
  readonly files: Files = {
    ...filesOf(join(this.data, 'blobs')),
    more: {
      folder: (path) => {
        rmSync(join(this.data, 'blobs', path))
        mkdirSync(join(this.data, 'blobs', path))
      },
      unreadable: (path) => {
        rmSync(join(this.data, 'blobs', path))
        symlinkSync(join(this.data, 'blobs', path), join(this.data, 'blobs', path))
      },
    },
    strays: ['notes.txt', 'sha256/x', 'sha256/ab/x', 'sha256/zz/y/x'],
  }

  async onRows<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    const db = new DatabaseSync(join(this.data, 'terrarium.db'))
    try {
      return await work(sqliteRows(db))
    } finally {
      db.close()
    }
  }

  keep(): Promise<void> {
    cpSync(this.#folder, join(this.#root, 'kept'), { recursive: true })
    return Promise.resolve()
  }

  restore(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true })
    cpSync(join(this.#root, 'kept'), this.#folder, { recursive: true })
    return Promise.resolve()
  }

  close(): Promise<void> {
    rmSync(this.#root, { recursive: true, force: true })
    return Promise.resolve()
  }
}

const OBJECT = '._S3rver_object'
const DATABASE = 'terrarium_damage'

/** PostgreSQL and a bucket of a store whose objects are files in a folder. */
export class SharedPlace implements DamagedPlace {
  readonly #root: string
  readonly #server: S3rver
  readonly data: string
  readonly options: TestAppOptions & { readonly folder: string }
  readonly files: Files

  static async start(): Promise<SharedPlace> {
    const root = mkdtempSync(join(tmpdir(), 'terrarium-damage-'))
    const server = new S3rver({
      ...{ address: '127.0.0.1', port: 0, silent: true, directory: join(root, 'run', 'buckets') },
      configureBuckets: [{ name: 'terrarium', configs: [] }],
    })
    const { port } = await server.run()
    await onServer(address(), `create database ${DATABASE}`)
    return new SharedPlace(root, server, port)
  }

  private constructor(root: string, server: S3rver, port: number) {
    this.#root = root
    this.#server = server
    const folder = join(root, 'run')
    this.data = join(folder, 'data')
    this.options = {
      folder,
      embedded: true, // its database is in the configuration
      configuration: {
        ...{ data: this.data, database: databaseOf(address(), DATABASE), blobs: 's3://terrarium/blobs' },
        ...{ s3_endpoint: `http://127.0.0.1:${port}`, s3_access_key: 'S3RVER', s3_secret_key: 'S3RVER' },
      },
    }
    const objects = filesOf(join(folder, 'buckets', 'terrarium', 'blobs'))
    this.files = {
      list: () =>
        objects
          .list()
          .filter((path) => path.endsWith(OBJECT))
          .map((path) => path.slice(0, -OBJECT.length)),
      read: (key) => objects.read(key + OBJECT),
      write: (key, bytes) => {
        objects.write(key + OBJECT, bytes)
        const metadata = objects.list().find((path) => path.endsWith('._S3rver_metadata.json'))
        objects.write(`${key}._S3rver_metadata.json`, objects.read(metadata!))
      },
      remove: (key) => objects.remove(key + OBJECT),
      more: {},
      strays: ['notes.txt', 'sha256/x', 'sha256/ab/x', 'sha256/zz/y/x'],
    }
  }

  async onRows<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    const types = new pg.TypeOverrides()
    for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) types.setTypeParser(type, Number)
    const client = new pg.Client({ connectionString: databaseOf(address(), DATABASE), types })
    await client.connect()
    try {
      return await work(await postgresRows(client))
    } finally {
      await client.end()
    }
  }

  async keep(): Promise<void> {
    await onServer(address(), `create database ${DATABASE}_kept template ${DATABASE}`)
    cpSync(join(this.#root, 'run'), join(this.#root, 'kept'), { recursive: true })
  }

  async restore(): Promise<void> {
    await onServer(address(), `drop database ${DATABASE} with (force)`)
    await onServer(address(), `create database ${DATABASE} template ${DATABASE}_kept`)
    rmSync(join(this.#root, 'run'), { recursive: true, force: true })
    cpSync(join(this.#root, 'kept'), join(this.#root, 'run'), { recursive: true })
  }

  async close(): Promise<void> {
    await this.#server.close()
    for (const name of [DATABASE, `${DATABASE}_kept`])
      await onServer(address(), `drop database if exists ${name} with (force)`)
    rmSync(this.#root, { recursive: true, force: true })
  }
}

function address(): string {
  const server = testServer()
  if (server === undefined) throw new Error('there is no PostgreSQL')
  return server
}

function filesOf(folder: string): Pick<Files, 'list' | 'read' | 'write' | 'remove'> {
  return {
    list: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
    read: (path) => readFileSync(join(folder, path)),
    write: (path, bytes) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    },
    remove: (path) => rmSync(join(folder, path)),
  }
}
