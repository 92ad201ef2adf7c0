import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FileBlobStore } from './file-blob-store.ts'
import { Staging } from './staging.ts'
import { describeBlobStore } from './testing/blob-store-contract.ts'

const root = mkdtempSync(join(tmpdir(), 'terrarium-blobs-'))
afterAll(() => rmSync(root, { recursive: true }))

function newFolder(): string {
  return mkdtempSync(join(root, 'x-'))
}

function make(): { store: FileBlobStore; staging: string; folder: string } {
  const folder = newFolder()
  const staging = join(folder, 'staging')
  mkdirSync(staging)
  return { store: new FileBlobStore(join(folder, 'blobs')), staging, folder }
}

describeBlobStore('a folder of blobs', make)

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

// I-3, T-FS
describe('in the folder', () => {
  test('nothing is left but blobs, whatever was put how often', async () => {
    const { store, folder } = make()
    const sha256 = await store.putBytes(Buffer.from('a'))
    await Promise.all(Array.from({ length: 5 }, () => store.putBytes(Buffer.from('a'))))

    expect(filesBelow(folder)).toEqual([sha256.slice(2)])
  })

  test('a batch that is never sealed is no blob, and stands in nobody’s way', async () => {
    const { store } = make()
    const sha256 = await store.putInBatch(Buffer.from('a'), 'lost')

    expect(await store.stat(sha256)).toBeUndefined()
    expect(await Array.fromAsync(store.list())).toEqual([])
    await store.putInBatch(Buffer.from('a'), 'next')
    await store.sealBatch('next', [sha256])
    expect(await store.stat(sha256)).toEqual({ size: 1 })
  })

  test('half a file that a crash left is no blob, and does not keep the whole one out', async () => {
    const { store, folder } = make()
    const bytes = Buffer.from('whole')
    const sha256 = await store.putBytes(bytes)
    await store.delete(sha256)
    const place = join(folder, 'blobs', 'sha256', sha256.slice(0, 2))
    writeFileSync(join(place, `${sha256.slice(2)}.1b4e28ba.part`), 'who')

    expect(await store.stat(sha256)).toBeUndefined()
    expect(await Array.fromAsync(store.list())).toEqual([])
    expect(await store.putBytes(bytes)).toBe(sha256)
    expect(Buffer.from(await store.read(sha256)).toString()).toBe('whole')
  })

  test('another process that wrote a blob meanwhile is no trouble', async () => {
    const { store, folder } = make()
    const other = new FileBlobStore(join(folder, 'blobs'))

    const [a, b] = await Promise.all([store.putBytes(Buffer.from('x')), other.putBytes(Buffer.from('x'))])

    expect(a).toBe(b)
    expect(await Array.fromAsync(other.list())).toEqual([a])
  })
})

describe('staging', () => {
  async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part)
  }

  async function open(): Promise<{ staging: Staging; folder: string }> {
    const folder = join(newFolder(), 'staging')
    const staging = new Staging(folder)
    await staging.reset()
    return { staging, folder }
  }

  test('measures and hashes what comes, and tells of each piece', async () => {
    const { staging, folder } = await open()
    const counts: number[] = []

    const staged = await staging.receive(chunks('a', 'bc', ''), 3, (count) => counts.push(count))

    expect(staged).toMatchObject({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      md5: '900150983cd24fb0d6963f7d28e17f72',
      size: 3,
    })
    expect(counts).toEqual([1, 2, 0])
    await staged.discard()
    await staged.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  test('refuses what is larger than allowed, at once and without a rest', async () => {
    const { staging, folder } = await open()
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1
        yield Buffer.alloc(1000)
      }
    }

    await expect(staging.receive(endless(), 2500)).rejects.toMatchObject({ code: 'too-large' })

    expect(given).toBe(3)
    expect(readdirSync(folder)).toEqual([])
  })

  test('a source that fails leaves nothing', async () => {
    const { staging, folder } = await open()
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw new Error('gone')
    }

    await expect(staging.receive(failing(), 100)).rejects.toThrow('gone')

    expect(readdirSync(folder)).toEqual([])
  })

  test('is emptied by a reset, and kept by an open', async () => {
    const { staging, folder } = await open()
    writeFileSync(join(folder, 'left'), 'by a crash')

    await new Staging(folder).open()
    expect(readdirSync(folder)).toEqual(['left'])
    await staging.reset()
    expect(readdirSync(folder)).toEqual([])
  })

  test('hands a file over to the blob store, after which there is nothing to discard', async () => {
    const { store, folder } = make()
    const staging = new Staging(join(folder, 'in'))
    await staging.reset()
    const staged = await staging.receive(chunks('x'), 10)

    await store.putStaged(staged)
    await staged.discard()

    expect(readdirSync(join(folder, 'in'))).toEqual([])
    expect(await store.stat(staged.sha256)).toEqual({ size: 1 })
  })
})
