import { describe, expect, test } from 'vitest'
import { channelPattern, parseChannelName } from './channel.ts'

describe('reading', () => {
  test.each([
    ['conda-forge', 'conda-forge', 'https://conda.anaconda.org/conda-forge', undefined],
    ['conda-forge/linux-64', 'conda-forge', 'https://conda.anaconda.org/conda-forge', 'linux-64'],
    ['a/b/label/dev', 'a/b/label/dev', 'https://conda.anaconda.org/a/b/label/dev', undefined],
    ['defaults', 'defaults', 'defaults', undefined],
    ['pkgs/main/noarch', 'defaults', 'defaults', 'noarch'],
    ['pkgs/free', 'pkgs/free', 'https://conda.anaconda.org/pkgs/free', undefined],
    ['https://conda.anaconda.org/x/noarch', 'x', 'https://conda.anaconda.org/x', 'noarch'],
    ['https://u:p@h.org/t/tk-1/x/win-64/', 'https://h.org/x', 'https://h.org/x', 'win-64'],
    ['linux-64', 'linux-64', 'https://conda.anaconda.org/linux-64', undefined],
    ['/opt/bld', 'file:///opt/bld', 'file:///opt/bld', undefined],
  ])('%s', (text, canonical, base, subdir) =>
    expect(parseChannelName(text)).toEqual({ canonical, base, subdir }),
  )

  test('nothing is no channel', () => expect(parseChannelName('')).toBeUndefined())
})

describe('matching', () => {
  test.each([
    ['conda-forge', 'https://conda.anaconda.org/conda-forge/linux-64', true],
    ['conda-forge', 'conda-forge', true],
    ['conda-forge', 'https://evil.example/conda-forge', false],
    ['defaults', 'https://repo.anaconda.com/pkgs/r', true],
    ['https://repo.anaconda.com/pkgs/main', 'defaults', true],
    ['https://repo.anaconda.com/pkgs/main', 'https://repo.anaconda.com/pkgs/r', false],
    ['conda-*', 'conda-canary', true],
    ['^conda-(forge|canary)$', 'conda-forge', true],
    ['^conda-(forge|canary)$', 'bioconda', false],
    ['conda-forge', '', false],
  ])('%s against %s: %s', (wanted, given, expected) => {
    const channel = parseChannelName(wanted)
    if (channel === undefined) throw new Error('no channel')
    expect(channelPattern(channel).matches(given)).toBe(expected)
  })
})
