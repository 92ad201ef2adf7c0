import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { AppError } from '../vocabulary/errors.ts'
import { readConfiguration, type ConfigurationSources } from './configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrarium-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(content: string): string {
  const path = join(folder, `${Math.random()}.yaml`)
  writeFileSync(path, content)
  return path
}

function faultOf(sources: Partial<ConfigurationSources>): string {
  try {
    readConfiguration({ environment: {}, arguments: {}, ...sources })
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid-configuration') return error.message
    throw error
  }
  throw new Error('accepted')
}

test('without anything has a default for every key', () => {
  expect(readConfiguration({ environment: {}, arguments: {} })).toMatchObject({
    data: resolve('terrarium-data'),
    host: '127.0.0.1',
    port: 8080,
    mirror_folders: [],
    outbound_private: [],
  })
})

test('the command line overrides variables, variables override the file', () => {
  const path = file('port: 1001\nhost: file\nlog_level: debug\nmirror_folders: [/a, /b]')
  const configuration = readConfiguration({
    file: path,
    environment: { TERRARIUM_PORT: '1002', TERRARIUM_HOST: 'variable' },
    arguments: { port: '1003', host: undefined },
  })

  expect(configuration).toMatchObject({
    port: 1003,
    host: 'variable',
    log_level: 'debug',
    mirror_folders: ['/a', '/b'],
  })
})

test('the file is named by TERRARIUM_CONFIG, and may be empty or JSON', () => {
  const read = (content: string): { port: number } =>
    readConfiguration({ environment: { TERRARIUM_CONFIG: file(content) }, arguments: {} })

  expect(read('port: 7')).toMatchObject({ port: 7 })
  expect(read('')).toMatchObject({ port: 8080 })
  expect(read('{"port": 9}')).toMatchObject({ port: 9 })
})

test('lists in a variable are parted by commas', () => {
  const environment = {
    TERRARIUM_OUTBOUND_PRIVATE: 'mirror.internal:443, 10.0.0.7:80,[fd00::7]:8080,',
    TERRARIUM_MIRROR_FOLDERS: '/srv/a',
  }
  expect(readConfiguration({ environment, arguments: {} })).toMatchObject({
    outbound_private: ['mirror.internal:443', '10.0.0.7:80', '[fd00::7]:8080'],
    mirror_folders: ['/srv/a'],
  })
})

test('variables of the command line client and of others are not ours', () => {
  const environment = { TERRARIUM_TOKEN: 'x', TERRARIUM_SERVER: 'y', HOME: '/root', terrarium_port: '1' }
  expect(readConfiguration({ environment, arguments: {} })).toMatchObject({ port: 8080 })
})

test('an empty variable is one that was not set', () => {
  expect(readConfiguration({ environment: { TERRARIUM_PORT: '' }, arguments: {} })).toMatchObject({
    port: 8080,
  })
})

test('the object cannot be changed', () => {
  expect(Object.isFrozen(readConfiguration({ environment: {}, arguments: {} }))).toBe(true)
})

describe('a wrong start names every fault and no value', () => {
  test('all of them at once, by key and by variable', () => {
    const message = faultOf({
      environment: {
        TERRARIUM_PORT: 'canary-1',
        TERRARIUM_LOG_LEVEL: 'canary-2',
        TERRARIUM_ADMIN_PASSWORD: 'canary-3',
        TERRARIUM_PUBLIC_URL: 'ftp://canary-4',
        TERRARIUM_OUTBOUND_PRIVATE: 'canary-5',
        TERRARIUM_MIRROR_DOWNLOADS: '0',
        TERRARIUM_NO_SUCH_KEY: 'canary-6',
      },
    })

    for (const key of [
      'port',
      'log_level',
      'admin_password',
      'public_url',
      'outbound_private',
      'mirror_downloads',
    ]) {
      expect(message).toContain(key)
    }
    expect(message).toContain('TERRARIUM_PORT')
    expect(message).toContain(
      'no_such_key (TERRARIUM_NO_SUCH_KEY): no such key\n  known keys are data, database',
    )
    expect(message).not.toContain('canary')
    expect(message.split('\n')).toHaveLength(9)
  })

  test('a number that is out of range is told the range', () => {
    expect(faultOf({ environment: { TERRARIUM_PORT: '65536' } })).toContain('a whole number from 0 to 65535')
  })

  test.each([
    ['port', ['-1', '65536', '1.5', 'abc', '0x50', '1e3', ' ']],
    ['max_upload_bytes', ['0', '-5', '4GB']],
    ['shutdown_ms', ['600001', 'soon']],
    ['mirror_downloads', ['65']],
    ['host', []],
    ['public_url', ['example.org', 'javascript:alert(1)']],
    ['outbound_private', ['host', 'host:port', 'http://host:80', ':80', 'a b:80', 'user@host:80']],
  ])('%s', (key, values) => {
    for (const value of values) {
      expect(faultOf({ environment: { [`TERRARIUM_${key.toUpperCase()}`]: value } })).toMatch(
        new RegExp(`^ {2}${key}`, 'm'),
      )
    }
    for (const value of ['null', 'true', '{a: b}', '[[]]']) {
      expect(faultOf({ file: file(`${key}: ${value}`) })).toContain(key)
    }
  })

  test.each([
    ['a list', '- a\n- b', 'keys and values'],
    ['a text', 'just words', 'keys and values'],
    ['an open quote', 'port: 1\nadmin_password: "hunter2-canary', 'line'],
    ['a tab', 'a:\n\tb: hunter2-canary', 'line'],
    ['an alias to nothing', 'admin_password: *hunter2-canary', 'YAML'],
    ['two values', 'admin_password: hunter2-canary: x', 'line'],
    ['a key twice', 'port: 1\nport: 2', 'line 2'],
  ])('a file that is %s', (_what, content, says) => {
    const message = faultOf({ file: file(content) })

    expect(message).toContain(says)
    expect(message).not.toContain('hunter2')
  })

  test('a file that is not there', () => {
    expect(faultOf({ file: join(folder, 'none.yaml') })).toContain('none.yaml')
  })
})
