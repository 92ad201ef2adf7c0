import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSecretBox } from './secret-box.ts'
import { Secret } from './secret.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-box-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what was sealed opens, for the same purpose alone', () => {
  const box = openSecretBox(join(folder, 'key'))
  const sealed = box.seal(new Secret('canary'), 'totp of ann')

  expect(sealed).not.toContain('canary')
  expect(box.open(sealed, 'totp of ann').reveal()).toBe('canary')
  expect(() => box.open(sealed, 'totp of bob')).toThrow(/belongs to something else/)
})

test('sealing twice gives two texts, and a changed one does not open', () => {
  const box = openSecretBox(join(folder, 'key'))
  const sealed = box.seal(new Secret('canary'), 'x')

  expect(box.seal(new Secret('canary'), 'x')).not.toBe(sealed)
  for (let at = sealed.lastIndexOf('.') + 1; at < sealed.length - 1; at += 7) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(() => box.open(changed, 'x')).toThrow(/changed/)
  }
  expect(() => box.open('', 'x')).toThrow(/key/)
  expect(() => box.open('v1.nobody.AAAA', 'x')).toThrow(/key/)
})

// T-SEC-02
test('the key is of each installation, in a file only its owner reads', () => {
  const [here, there] = [join(folder, 'here'), join(folder, 'there')]
  const sealed = openSecretBox(here).seal(new Secret('canary'), 'x')

  expect(statSync(here).mode & 0o777).toBe(0o600)
  expect(() => openSecretBox(there).open(sealed, 'x')).toThrow(/key/)
  expect(openSecretBox(here).open(sealed, 'x').reveal()).toBe('canary')
})

test('a new key above the old one seals, and the old one still opens', () => {
  const path = join(folder, 'rotated')
  const old = openSecretBox(path).seal(new Secret('canary'), 'x')
  writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n${readFileSync(path, 'utf8')}`)
  const box = openSecretBox(path)

  expect(box.open(old, 'x').reveal()).toBe('canary')
  expect(box.seal(new Secret('canary'), 'x').split('.')[1]).not.toBe(old.split('.')[1])
})

test.each(['', 'short', '# only a comment\n'])('a key file that holds %j stops the start', (text) => {
  const path = join(folder, 'wrong')
  writeFileSync(path, text)
  expect(() => openSecretBox(path)).toThrow(/must hold keys/)
})
