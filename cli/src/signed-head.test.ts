import { expect, test } from 'vitest'
import { readSignedHead } from './signed-head.ts'

/** Of a server with a seed of sevens; the hash is that of the fourth event in verify-export.test.ts. */
const key = 'packages.example/audit+66e84e27+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs'
const text =
  'packages.example/audit\n4\nP2vOljRS767cif6s2pNjXd8lRF3x55XKwyHDP+TDsHM=\ntime 2026-11-25T12:00:00.000Z\n'
const signature =
  '\u2014 packages.example/audit ZuhOJxyIl4FIsWLNaIRPu1/DF70H7TOj4scm+j28c7oEFn6Y6jCBzPoPqIDieMe2A++sUemxBif7nLxbtx8bqGVvagU=\n'
const note = `${text}\n${signature}`

test('a head that the key signed is read', () => {
  expect(readSignedHead(note, key)).toEqual({
    seq: 4,
    hash: '3f6bce963452efaedc89feacda93635ddf25445df1e795cac321c33fe4c3b073',
  })
  // one that a witness signed as well
  expect(readSignedHead(`${text}\n\u2014 witness.example AAAAAAAA\n${signature}`, key).seq).toBe(4)
})

test.each([
  ['another number', note.replace('\n4\n', '\n5\n'), 'does not fit'],
  ['another hash', note.replace('P2vO', 'P2vP'), 'does not fit'],
  ['another time', note.replace('2026', '2027'), 'does not fit'],
  ['another signature', note.replace('gU=', 'hU='), 'does not fit'],
  ['none', `${text}\n`, 'is not signed by packages.example/audit'],
  ['another key of the name', note.replace('ZuhO', 'ZuhP'), 'is not signed by'],
  ['nothing', 'x', 'is no signed head'],
])('with %s it is refused', (_what, changed, because) => {
  expect(() => readSignedHead(changed, key)).toThrow(because)
})

test.each(['', 'x+66e84e27+AepK', key.replace('66e8', '66e9'), `other+${key.split('+').slice(1).join('+')}`])(
  'what is no key is named: %j',
  (wrong) => {
    expect(() => readSignedHead(note, wrong)).toThrow('is no key')
  },
)

// the published example of the Go library for notes
test('a note of another program, signed by its key, has a signature that fits and is no head', () => {
  const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
  const theirs = [
    ...[
      'If you think cryptography is the answer to your problem,',
      "then you don't know what your problem is.",
    ],
    ...[
      '',
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
      '',
    ],
  ].join('\n')
  expect(() => readSignedHead(theirs, other)).toThrow('is no head of an audit log')
})
